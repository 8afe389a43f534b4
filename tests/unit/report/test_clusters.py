"""Submissions that fail alike, and the beginning of a misconception."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proctorch.authoring.variants import read_variants
from proctorch.errors import AuthoringError
from proctorch.model import CheckResult, ExerciseResult, Verdict
from proctorch.report.clusters import Cluster, clusters, draft

CODE = "import torch\n\ndef softmax(x):\n    return x.exp()\n\ndef other():\n    pass\n"


def failing(report, student: str, behaviour: str | None, **changes):
    check = CheckResult(
        "softmax::rows", "softmax", True, "Rows sum to one.", Verdict.FAILED, Fraction(0), Fraction(1), "wrong",
        behaviour=behaviour,
    )  # fmt: skip
    whole = report(student)
    result = ExerciseResult("softmax", "Softmax", Fraction(1), (replace(check, **changes),))
    return replace(whole, exercises=(result,))


@pytest.fixture
def report(provenance):
    from proctorch.model import Report

    return lambda student: Report(student, "day07", (), provenance)


def test_equal_behaviour_is_one_cluster_and_the_largest_comes_first(report) -> None:
    found = clusters(
        [
            failing(report, "ada", "1"),
            failing(report, "bob", "2"),
            failing(report, "cyd", "2"),
            failing(report, "dan", "2"),
        ]
    )
    assert [cluster.students for cluster in found] == [("bob", "cyd", "dan"), ("ada",)]
    assert found[0].checks == ("softmax::rows",)
    assert found[0].message == "wrong"


def test_what_has_a_name_or_no_behaviour_is_no_cluster(report) -> None:
    named = failing(report, "ada", "1", misconception="over the batch")
    crashed = failing(report, "bob", None, verdict=Verdict.CRASHED)
    assert clusters([named, crashed]) == ()


def test_a_draft_holds_the_wrong_definitions_and_is_refused_until_it_has_a_hint(tmp_path) -> None:
    text = draft(Cluster("softmax", ("bob", "cyd"), ("softmax::rows",), "wrong"), CODE, ("softmax",))
    assert "def softmax(x):" in text
    assert "def other" not in text
    path = tmp_path / "misconceptions.py"
    path.write_text(text)
    with pytest.raises(AuthoringError, match="lacks one of its texts"):
        read_variants(path)
    path.write_text(text.replace('hint=""', 'hint="Which axis?"'))
    assert [variant.exercise for variant in read_variants(path).variants] == ["softmax"]


def test_a_draft_takes_nothing_but_definitions_whatever_lines_a_string_seems_to_have(tmp_path) -> None:
    code = (
        "import os\nos.system('echo')\n"
        'NOTE = """\x0c\x1c\x1d\x85\u2028\u2029 \x1b[31m"""\n'
        "def softmax(x):\n    return 'wrong \x1b]0;title\x07\u202e'\n"
        "os.system('echo')\n"
    )
    text = draft(Cluster("softmax", ("bob",), ("softmax::rows",), "wrong"), code, ("softmax",))
    assert "os.system" not in text
    assert text.count("def softmax(x):\n    return 'wrong '") == 1
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("code", ["def softmax(x):\n    return '\0'\n", "(" * 10_000, "def softmax(:", ""])
def test_a_draft_of_what_is_no_python_is_two_comments(code) -> None:
    text = draft(Cluster("softmax", ("bob",), ("softmax::rows",), "wrong"), code, ("softmax",))
    assert all(line.startswith("#") for line in text.splitlines()) or "def softmax(x)" in text
