"""One student's feedback, as nbgrader's generate_feedback makes the page, is the golden one.

Compared are the marks that nbgrader shows and the feedback that is ours. Left out are nbgrader's styles and scripts,
the prose, and the marks under a line of a traceback, which are Python's and differ between its versions.
After a change that is meant: copy the file that the failure names over the golden one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GOLDEN = Path(__file__).parents[1] / "golden" / "feedback_page" / "fatima.html"


def ours(page: str) -> str:
    """Return what the page says about marks, and the feedback of each grade cell, in the page's order."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(page, "html.parser")
    assert soup.h4 is not None
    parts = [f"<h4>{soup.h4.get_text()}</h4>", *(str(item) for item in soup.select("#toc li"))]
    for output in soup.select("div.output"):
        mark = output.select_one("div.output_execute_result pre")
        feedback = output.select_one("div.output_html")
        assert mark is not None and feedback is not None, "a grade cell has its feedback and its mark"
        parts += ["", feedback.decode_contents().strip(), f"<pre>{mark.get_text()}</pre>"]
    lines = [line.rstrip() for line in "\n".join(parts).splitlines()]
    return "\n".join(line for line in lines if not line or set(line) - set(" ~^")) + "\n"


def test_the_page_is_the_golden_one(demo: Any, tmp_path: Path) -> None:
    made = tmp_path / GOLDEN.name
    made.write_text(ours(demo.room.feedback("fatima", "day02_tensors").read_text(encoding="utf-8")), encoding="utf-8")
    assert made.read_text(encoding="utf-8") == GOLDEN.read_text(encoding="utf-8"), f"{made} is not {GOLDEN}"


def test_the_page_loads_nothing_from_elsewhere(demo: Any) -> None:
    from bs4 import BeautifulSoup

    page = demo.room.feedback("fatima", "day02_tensors").read_text(encoding="utf-8")
    soup = BeautifulSoup(page, "html.parser")
    for tag in soup.find_all(["script", "link", "img", "iframe"]):
        for name in ("src", "href"):
            assert not str(tag.get(name, "")).startswith(("http:", "https:", "//")), tag
