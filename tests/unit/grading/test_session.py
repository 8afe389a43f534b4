from __future__ import annotations

import os
import sys

import pytest

from proctorch.errors import GraderBroken
from proctorch.grading.checks import share_points
from proctorch.grading.session import with_checks
from proctorch.model import ExerciseSpec

CHECKS = '''
import pytest
from proctorch import depends, exercise, limits, weight


@exercise("softmax")
class TestSoftmax:
    @weight(2)
    def test_rows(self, student):
        """Rows
        sum to one."""

    @limits(seconds=1)
    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_sizes(self, student, size):
        """Any size."""


@exercise("loss")
@depends("softmax")
class TestLoss:
    def test_value(self, student):
        """The value."""
'''


def collect(tmp_path, text, name="public.py"):
    path = tmp_path / name
    path.write_text(text)
    found: list[object] = []
    with_checks([path], found.extend)
    return found


def test_checks_are_collected_once_with_their_claims(tmp_path):
    rows, sizes, value = collect(tmp_path, CHECKS)
    assert [check.id for check in (rows, sizes, value)] == [
        "softmax::test_rows",
        "softmax::test_sizes",
        "loss::test_value",
    ]
    assert rows.claim == "Rows sum to one."
    assert [len(check.items) for check in (rows, sizes, value)] == [1, 3, 1]
    assert (rows.weight, sizes.limits.cpu_seconds, value.depends) == (2, 1, ("softmax",))
    assert rows.public


def test_checks_of_a_hidden_file_are_hidden(tmp_path):
    assert not any(check.public for check in collect(tmp_path, CHECKS, "hidden.py"))


@pytest.mark.parametrize(("weights", "points"), [((1, 1, 1), 1), ((1, 2), 5), ((3, 7, 11), 2)])
def test_points_are_shared_exactly(tmp_path, weights, points):
    body = "".join(
        f"    @weight({share})\n    def test_{place}(self): '''X.'''\n" for place, share in enumerate(weights)
    )
    checks = collect(tmp_path, f"from proctorch import exercise, weight\n@exercise('e')\nclass TestE:\n{body}")
    shares = share_points(ExerciseSpec("e", "E", points, ""), checks, with_hidden=True)
    assert sum(shares.values()) == points
    assert list(shares.values()) == [
        points * share / sum(check.weight for check in checks) for share in (c.weight for c in checks)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "def (:\n",
        "import no_such_module_anywhere\n",
        "raise SystemExit(3)\n",
        "def test_free(student):\n    '''No exercise.'''\n",
    ],
    ids=["syntax", "import", "exit", "no exercise"],
)
def test_a_grader_that_cannot_be_collected_is_broken(tmp_path, text):
    with pytest.raises(GraderBroken):
        collect(tmp_path, text)


def test_files_of_one_name_are_not_taken_for_each_other(tmp_path):
    """In one process, day after day is collected from files that are all called public.py."""
    first, second = tmp_path / "day01", tmp_path / "day02"
    first.mkdir()
    second.mkdir()
    assert len(collect(first, CHECKS)) == 3
    (check,) = collect(second, CHECKS[: CHECKS.index("    @limits")])
    assert check.items[0].path == second / "public.py"
    assert collect(first, CHECKS.replace("Rows", "Columns"))[0].claim == "Columns sum to one."
    assert "public" not in sys.modules


def test_nothing_around_the_grader_has_a_say(tmp_path, monkeypatch):
    (tmp_path / "conftest.py").write_text("raise RuntimeError('conftest was read')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    try:
        assert len(collect(tmp_path, CHECKS)) == 3
    finally:
        assert {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"} == {
            name: value for name, value in before.items() if name != "PYTEST_CURRENT_TEST"
        }
    assert not (tmp_path / ".pytest_cache").exists()


def test_what_the_work_raises_comes_out(tmp_path):
    path = tmp_path / "public.py"
    path.write_text(CHECKS)

    def work(checks):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        with_checks([path], work)
