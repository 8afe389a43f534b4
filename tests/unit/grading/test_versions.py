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
        (("SHARED = 1", "SHARED = TestTwo.test_b"), {"one", "two"}),
    ],
)
def test_a_change_moves_the_versions_that_it_can_decide(tmp_path, change, moved):
    before, after = versions(tmp_path, TEXT), versions(tmp_path, TEXT.replace(*change))
    assert {name for name in before if before[name] != after[name]} == moved


def test_a_file_that_is_not_python(tmp_path):
    with pytest.raises(SyntaxError):
        versions(tmp_path, "def (")


def test_a_class_that_another_one_uses_counts_for_both(tmp_path):
    text = TEXT.replace("assert student.one() == 1", "TestTwo().test_b(student)")
    before, after = versions(tmp_path, text), versions(tmp_path, text.replace("== 2", "== 3"))
    assert before["one"] != after["one"]


def test_a_check_of_another_exercise_inside_a_class_counts_for_its_own(tmp_path):
    text = TEXT.replace("    def test_a", '    @exercise("two")\n    def test_a')
    before, after = versions(tmp_path, text), versions(tmp_path, text.replace("== 1", "== 3"))
    assert before["two"] != after["two"]
