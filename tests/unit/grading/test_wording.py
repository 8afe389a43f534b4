from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctorch.grading.wording import (
    clean_line,
    clean_text,
    exact_mark,
    json_text,
    mark_words,
    points_words,
    verdict_words,
)
from proctorch.model import Verdict


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1bPdata\x1b\\after", "after"),
        ("\x1b(Bplain", "plain"),
        ("a\x07b\x00c\x08d", "abcd"),
        ("evil \u202egpj.exe", "evil gpj.exe"),
        ("first\rsecond", "first\nsecond"),
        ("tab\tnewline\n", "tab\tnewline\n"),
        ("lone \udc80", "lone \ufffd"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("\u061ca\u206ab\U000e0041\U000e007fc", "abc"),
        ("∂L/∂w = ½", "∂L/∂w = ½"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(text, shown):
    assert clean_text(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_keeps_a_control_character(text):
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert not [sign for sign in cleaned if (ord(sign) < 32 and sign not in "\t\n") or 127 <= ord(sign) < 160]


def test_long_text_is_cut_and_says_so():
    cut = clean_text("x" * 50_000, 100)
    assert len(cut) < 200
    assert "50000 characters" in cut


def test_a_line_is_one_line():
    assert clean_line("two\nlines  here") == "two lines here"
    assert len(clean_line("x" * 1000)) == 300


@pytest.mark.parametrize(
    ("points", "words"),
    [(Fraction(4), "4"), (Fraction(5, 2), "2.5"), (Fraction(8, 3), "2.67"), (Fraction(0), "0"), (0.1 + 0.2, "0.3")],
)
def test_marks_are_written_as_people_write_them(points, words):
    assert mark_words(points) == words


def test_one_point_is_singular():
    assert points_words(Fraction(0), Fraction(1)) == "0 of 1 point"
    assert points_words(Fraction(1), Fraction(4)) == "1 of 4 points"


@given(st.fractions(), st.fractions(min_value=0, max_value=1000))
def test_a_mark_is_a_plain_float_within_bounds(points, maximum):
    mark = exact_mark(points, maximum)
    assert type(mark) is float
    assert 0.0 <= mark <= float(maximum)
    assert float(repr(mark)) == mark


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_sign_and_words(verdict):
    words = verdict_words(verdict)
    assert words.sign
    assert words.words


@given(st.dictionaries(st.text(st.characters(codec=None)), st.text(st.characters(codec=None))))
def test_json_keeps_every_letter_and_moves_no_cursor(data):
    text = json_text(data)
    assert json.loads(text) == data
    assert clean_text(text, 10**6) == text


def test_json_keeps_letters_readable_and_refuses_what_is_no_number():
    assert json_text({"name": "Zoë ∂\x9b\udcff\U000e0041"}) == '{\n  "name": "Zoë ∂\\u009b\\udcff\\udb40\\udc41"\n}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text(float("nan"))
