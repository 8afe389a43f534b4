"""Feedback against golden files; with PROCTORCH_REWRITE_GOLDEN=1 in the environment, this test writes them."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest

from proctorch.grading.feedback import exercise_html, exercise_text
from proctorch.model import ExerciseResult, Picture, Problem, Verdict

GOLDEN = Path(__file__).parents[2] / "golden" / "feedback"
ZERO = Fraction(0)


@pytest.fixture
def examples(check):
    shape = check(
        "shape",
        verdict=Verdict.FAILED,
        points=ZERO,
        message="softmax returned shape (10, 32), expected (batch=32, classes=10): the axes are swapped.",
        hint="dim=0 walks down the batch. Which axis holds the classes?",
        detail="yours     0.25\nexpected  0.75",
        output="<b>bold</b> \x1b[31mred\x1b[0m & more\n",
        rung="shape",
    )
    hidden = check(
        "large",
        public=False,
        claim="softmax stays finite for logits as large as 1e4.",
        verdict=Verdict.ERROR,
        points=ZERO,
        message="Your code stopped.",
        exception="ValueError",
        line=3,
        detail="TOKEN in detail",
        output="TOKEN in output",
    )
    picture = Picture(
        expected=((0.25, 0.75), (0.5, 0.5)),
        given=((0.25, 0.75), (0.5, -0.5)),
        difference=((0.0, 0.0), (0.0, -1.0)),
        wrong=((False, False), (False, True)),
        note="down: batch, across: classes",
    )
    drawn = check(
        "values",
        verdict=Verdict.FAILED,
        points=ZERO,
        message="softmax returned 1 wrong value of 4; the worst, at [1, 1], is -0.5 and should be 0.5.",
        rung="values",
        picture=picture,
    )
    waiting = check("later", verdict=Verdict.BLOCKED, points=ZERO, message="Mend `one_hot` first.")
    return {
        "all_right": (ExerciseResult("softmax", "Softmax", Fraction(4, 3), (check(),)), None, ()),
        "mixed": (
            ExerciseResult("softmax", "Softmax", Fraction(16, 3), (check(), shape, hidden, waiting)),
            None,
            ("The notebook and the .py file were both changed: the notebook counts.",),
        ),
        "drawn": (ExerciseResult("softmax", "Softmax", Fraction(8, 3), (check(), drawn)), None, ()),
        "unreadable": (
            ExerciseResult("softmax", "Softmax", Fraction(4, 3), (check(verdict=Verdict.UNREADABLE, points=ZERO),)),
            Problem(Verdict.UNREADABLE, "The notebook is not JSON. Open it in JupyterLab and save it again."),
            (),
        ),
        "not_judged": (
            ExerciseResult("softmax", "Softmax", Fraction(4, 3), (check(verdict=Verdict.NOT_JUDGED, points=ZERO),)),
            None,
            (),
        ),
    }


@pytest.mark.parametrize("name", ["all_right", "mixed", "drawn", "unreadable", "not_judged"])
@pytest.mark.parametrize("kind", ["html", "txt"])
def test_feedback_is_as_agreed(name, kind, examples):
    result, problem, notes = examples[name]
    render = exercise_html if kind == "html" else exercise_text
    given = render(result, problem=problem, notes=notes) + "\n"
    golden = GOLDEN / f"{name}.{kind}"
    if os.environ.get("PROCTORCH_REWRITE_GOLDEN"):
        golden.write_text(given, encoding="utf-8")
    assert given == golden.read_text(encoding="utf-8")


def test_hidden_checks_show_neither_detail_nor_output(examples):
    result, problem, notes = examples["mixed"]
    for render in (exercise_html, exercise_text):
        shown = render(result, problem=problem, notes=notes)
        assert "TOKEN" not in shown
        assert "ValueError in line 3" in shown


def test_a_hidden_check_is_never_drawn(examples):
    result, _, _ = examples["drawn"]
    hidden = replace(result, checks=tuple(replace(check, public=False) for check in result.checks))
    assert "<svg" in exercise_html(result)
    assert "<svg" not in exercise_html(hidden)


HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="x {{ 7*7 }} \x1b]0;t\x07 \u202e'


def test_nothing_that_a_student_wrote_becomes_markup(check):
    texts = ("claim", "message", "detail", "hint", "output", "exception")
    for public in (True, False):
        hostile = check(public=public, verdict=Verdict.ERROR, points=ZERO, line=1, **dict.fromkeys(texts, HOSTILE))
        result = ExerciseResult("softmax", HOSTILE, Fraction(4), (hostile,))
        html = exercise_html(result, problem=Problem(Verdict.UNREADABLE, HOSTILE), notes=(HOSTILE,))
        seen = _Tags()
        seen.feed(html)
        assert seen.tags <= {"div", "p", "strong", "ul", "li", "span", "details", "summary", "pre"}
        assert seen.attributes <= {"class", "style", "role", "aria-label", "aria-hidden"}
        text = exercise_text(result, problem=Problem(Verdict.UNREADABLE, HOSTILE), notes=(HOSTILE,))
        for shown in (html, text):
            assert "49" not in shown
            assert not {"\x1b", "\x07", "\u202e"} & set(shown)


class _Tags(HTMLParser):
    """Collects which tags and attributes a page uses."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_there_is_no_mark_where_it_was_not_judged(examples):
    result, _, _ = examples["not_judged"]
    for render in (exercise_html, exercise_text):
        shown = render(result)
        assert "Softmax: not judged" in shown
        assert "0 of" not in shown.replace("0 of 1 public", "")


def test_long_output_is_cut(check):
    result = ExerciseResult("softmax", "Softmax", Fraction(4), (check(output="x" * 5_000_000),))
    assert len(exercise_html(result)) < 15_000


def test_practice_shows_no_mark_but_says_what_public_checks_are_worth(check):
    result = ExerciseResult("softmax", "Softmax", Fraction(4, 3), (check(),))
    sentence = "1 of 1 public check passes; 3 hidden checks (5 points) run when it is graded."
    text = exercise_text(result, practice=sentence)
    assert text.splitlines()[:2] == ["Softmax", sentence]
    html = exercise_html(result, practice=sentence)
    assert sentence in html
    assert "<strong>Softmax</strong>" in html
