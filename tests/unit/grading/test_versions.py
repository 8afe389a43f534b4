from __future__ import annotations

import pytest

from proctorch.grading.versions import grader_versions

TEXT = '''
from proctorch import exercise

SHARED = 1

@exercise("one")
class TestOne:
    def test_a(self, student):
        """A."""
        assert student.one() == 1

@exercise("two")
class TestTwo:
    def test_b(self, student):
        """B."""
        assert student.two() == 2
'''


def versions(tmp_path, text):
    path = tmp_path / "hidden.py"
    path.write_text(text)
    return grader_versions([path], ["one", "two"])


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (("== 1", "== 3"), {"one"}),
        (("== 2", "== 3"), {"two"}),
        (("SHARED = 1", "SHARED = 2"), {"one", "two"}),
        (("\n\n", "\n\n\n"), set()),
    ],
)
def test_a_change_moves_the_versions_that_it_can_decide(tmp_path, change, moved):
    before, after = versions(tmp_path, TEXT), versions(tmp_path, TEXT.replace(*change))
    assert {name for name in before if before[name] != after[name]} == moved


def test_a_file_that_is_not_python(tmp_path):
    with pytest.raises(SyntaxError):
        versions(tmp_path, "def (")
