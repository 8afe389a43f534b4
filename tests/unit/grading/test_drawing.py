"""Pictures as SVG: well formed, bounded, and told in words as well as in colours."""

from __future__ import annotations

import math
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from proctorch.grading.drawing import draw
from proctorch.model import Picture

SVG = "{http://www.w3.org/2000/svg}"


def picture(expected, given, note: str = "") -> Picture:
    pairs = [list(zip(ours, theirs, strict=True)) for ours, theirs in zip(expected, given, strict=True)]
    difference = tuple(tuple(theirs - ours for ours, theirs in row) for row in pairs)
    wrong = tuple(tuple(theirs != ours for ours, theirs in row) for row in pairs)
    return Picture(expected, given, difference, wrong, note)


SMALL = picture(((1.0, -2.0), (3.0, 4.0)), ((1.0, 2.0), (3.0, 4.0)))
ROW = picture(((1.0, 2.0, 3.0),), ((1.0, 2.5, 3.0),))
LARGE = picture(tuple((float(row),) * 16 for row in range(16)), ((0.0,) * 16,) * 16)
BROKEN = picture(((1.0, 1.0), (1.0, 1.0)), ((math.nan, 1.0), (1.0, math.inf)))
ENORMOUS = picture(((-1.7e308, 1.7e308),), ((1.7e308, -1.7e308),))
PICTURES = {"small": SMALL, "row": ROW, "large": LARGE, "broken": BROKEN, "enormous": ENORMOUS}


@pytest.mark.parametrize("name", PICTURES)
def test_the_markup_is_well_formed_and_small(name: str) -> None:
    markup = draw(PICTURES[name])
    root = ElementTree.fromstring(markup)
    svg = root.find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    assert svg.get("aria-label", "").startswith("Expected, yours and their difference")
    words = [text.text for text in svg.iter("text")]
    assert [word for word in words if word in ("expected", "yours", "difference")] == [
        "expected",
        "yours",
        "difference",
    ]
    assert len(markup) < 60_000
    assert "nan" not in "".join(path.get("d", "") + path.get("fill", "") for path in svg.iter("path"))


def test_small_pictures_hold_their_numbers() -> None:
    markup = draw(SMALL)
    assert ">\N{MINUS SIGN}2</text>" in markup
    assert "row 1 column 2" in markup
    assert "Blue is negative, orange positive, up to 4" in markup


def test_large_pictures_hold_no_numbers() -> None:
    assert draw(LARGE).count("<text") == 3
    assert "240 of 256 squares differ" in draw(LARGE)
    assert "Dark is 0, light is 15" in draw(LARGE)


def test_only_what_is_wrong_is_coloured_in_the_difference() -> None:
    markup = draw(ROW)
    frames = markup.split('stroke-width="1.5"')[1].split("</g>")[0]
    assert frames.count("<path") == 1
    assert ">0.5</text>" in frames


def test_a_note_is_shown_and_cannot_be_markup() -> None:
    told = draw(picture(((1.0, 2.0),), ((1.0, 3.0),), "down: <b>, across: k"))
    assert "down: &lt;b&gt;, across: k." in told


def test_without_its_svg_it_still_reads_as_sentences() -> None:
    left = " ".join("".join(ElementTree.fromstring(draw(SMALL)).itertext()).split())
    minus = "\N{MINUS SIGN}"
    assert left.startswith("(The picture is left out here")
    assert f"expected: 1 {minus}2 ; 3 4 ; yours: 1 2 ; 3 4 ; difference: 4 ; Blue" in left


def test_drawing_imports_no_torch() -> None:
    code = "import sys, proctorch.grading.feedback; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
