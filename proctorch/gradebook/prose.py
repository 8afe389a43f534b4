"""A student's prose on a page: Markdown as nbconvert renders it, and then nothing in it that acts or loads.

nbconvert lets HTML in Markdown through. On the feedback page that would be the student's own script; on the
formgrader's page it would run as the instructor, beside their Jupyter server. So every cell's prose is rendered as
always, and of the HTML that comes of it only elements and attributes that neither act nor load are kept.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import bleach  # type: ignore[import-untyped]  # it ships no types
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from proctorch.grading.wording import clean_text

LONGEST_PROSE = 1_000_000
_BLOCKS = (
    "p div pre blockquote hr br ul ol li dl dt dd table thead tbody tfoot tr th td h1 h2 h3 h4 h5 h6 details summary"
)
_INLINE = "a span em strong b i u s del ins sub sup code kbd var samp mark small q cite abbr img"
_TAGS = frozenset(f"{_BLOCKS} {_INLINE}".split())
_PLAIN = frozenset({"alt", "title", "align", "colspan", "rowspan", "start", "scope", "width", "height", "open"})
# What Pygments and the anchors of headings use; others are the page's own, and the formgrader's scripts look for them.
_CLASS = re.compile(r"highlight|anchor-link|[a-z][a-z0-9]{0,2}")
# Pictures that bring themselves or lie beside the page. A path from the root would ask the instructor's own server.
_FILE = r"(?!/)(?!.*\.\.)[\w./ -]+"
_SOURCE = re.compile(rf"data:image/(?:png|jpeg|gif|webp);base64,[\w+/=\s]*|{_FILE}", re.IGNORECASE)
_TARGET = re.compile(rf"https?://\S*|mailto:\S*|#.*|{_FILE}(?:#.*)?", re.IGNORECASE)


@pass_context
def inert_markdown(context: Context, source: str) -> str:
    """Render a cell's Markdown; takes the place of nbconvert's `markdown2html` in `c.HTMLExporter.filters`."""
    attachments = (context.get("cell") or {}).get("attachments") or {}
    path = str((context.get("resources") or {}).get("metadata", {}).get("path", ""))
    return _rendered(source, path, attachments) if attachments else _rendered_once(source, path)


@functools.lru_cache(maxsize=1024)
def _rendered_once(source: str, path: str) -> str:
    """Return prose as HTML; most cells of a class are the same."""
    return _rendered(source, path, {})


def _rendered(source: str, path: str, attachments: Mapping[str, Any]) -> str:
    renderer = IPythonRenderer(escape=False, attachments=dict(attachments), path=path)
    rendered = MarkdownWithMath(renderer=renderer).render(clean_text(source, LONGEST_PROSE))
    protocols = {"http", "https", "mailto", "data"}
    return str(bleach.clean(rendered, tags=_TAGS, attributes=_allowed, protocols=protocols, strip_comments=True))


def _allowed(tag: str, name: str, value: str) -> bool:
    """Say whether an attribute stays."""
    if name == "class":
        return all(_CLASS.fullmatch(word) for word in value.split())
    if name == "id":
        return re.fullmatch("h[1-6]", tag) is not None
    if name == "src":
        return tag == "img" and _SOURCE.fullmatch(value) is not None
    if name == "href":
        return tag == "a" and _TARGET.fullmatch(value) is not None
    return name in _PLAIN
