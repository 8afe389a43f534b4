"""Feedback pages as nbgrader's GenerateFeedback makes them, byte by byte, without doing for each what is done for all.

Where the time of one page goes, and what becomes of it here:

- nbconvert parses and writes the whole page again (BeautifulSoup: half of the time), to give pictures a text. Here the
  page is cut at its cells, and equal cells are treated once. Where one does not close what it opens, or closes what it
  has not opened (raw HTML in a student's prose), the whole page is treated as nbconvert does.
- nbconvert compiles its templates for each page; here once for each process.
- nbgrader asks the gradebook for each cell; here for each student.
- Prose and code that are equal are rendered once.
"""

# mypy: disable-error-code="no-untyped-call"
# (half of nbconvert's functions have no types)

from __future__ import annotations

import functools
import os
import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.writers.files import FilesWriter
from nbformat import NotebookNode

from proctorch.gradebook.converters import DayFeedback
from proctorch.gradebook.getmarks import GetMarks, GetMarksAtOnce

_CELL = re.compile('(?=<div class="cell border-box-sizing )')
_AFTER_CELLS = re.compile(r"</div>\s*</div>\s*</main>(?!.*</main>)", re.DOTALL)
_GET_MARKS = (GetMarks, f"{GetMarks.__module__}.{GetMarks.__name__}")
_NO_ALT = "No description has been provided for this image"
_HERE, _END = '<i id="proctorch-here"></i>', '<i id="proctorch-end"></i>'
_MOST_KEPT = 1024


class PageExporter(HTMLExporter):
    """HTMLExporter for many notebooks, whose texts are rendered once where they are equal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rendered = functools.lru_cache(_MOST_KEPT)(self._render)
        self._highlighters: dict[str | None, Any] = {}

    def default_filters(self) -> Any:
        """Return nbconvert's filters, prose through the cache."""
        yield from super().default_filters()
        yield "markdown2html", self._markdown

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **options: Any) -> tuple[Any, Any]:
        """Return the page of a notebook."""
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name", None))
        if lexer not in self._highlighters:
            found = self.filters.get("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
            self._highlighters[lexer] = _Highlighter(found)
        resources = self._init_resources(resources)
        self.register_filter("highlight_code", self._highlighters[lexer])
        widgets = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        self.register_filter("filter_data_type", widgets)
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **options)
        return tidied(page), resources

    def _markdown(self, context: Any, source: str) -> Any:
        """Return prose as HTML; what depends on a cell's attachments is rendered each time."""
        if context.get("cell", {}).get("attachments"):
            return self.markdown2html(context, source)
        return self._rendered(source, context.get("resources", {}).get("metadata", {}).get("path", ""))

    _markdown.jinja_pass_arg = HTMLExporter.markdown2html.jinja_pass_arg  # type: ignore[attr-defined]

    def _render(self, source: str, path: str) -> Any:
        return self.markdown2html({"resources": {"metadata": {"path": path}}}, source)


class _Highlighter:
    """nbconvert's highlighting, kept for equal code."""

    def __init__(self, highlight: Any) -> None:
        self._highlight = highlight
        self._kept = functools.lru_cache(_MOST_KEPT)(highlight)

    def __call__(self, source: str, language: str | None = None, metadata: Any = None) -> Any:
        if metadata and "magics_language" in metadata:
            return self._highlight(source, language=language, metadata=metadata)
        return self._kept(source, language=language)


class PagesConverter(DayFeedback):
    """GenerateFeedback for one student after the other, with one exporter; close it in the end."""

    made: Any = None

    def for_student(self, student: str) -> Any:
        """Return the converter, set on one student."""
        self.first_failure = None
        return super().for_student(student)

    def start(self) -> None:
        """Write one student's page and files."""
        self.init_notebooks()
        if self.made is None:
            self.writer = FilesWriter(parent=self, config=self.config)
            self.exporter = self.made = PageExporter(parent=self, config=self.config)
            for step in self.preprocessors:
                self.exporter.register_preprocessor(GetMarksAtOnce if step in _GET_MARKS else step)
        before = os.getcwd()
        os.chdir(self.coursedir.root)
        try:
            self.convert_notebooks()
        finally:
            os.chdir(before)

    def close(self) -> None:
        """Close the gradebook."""
        for step in () if self.made is None else self.made._preprocessors:
            if isinstance(step, GetMarksAtOnce):
                step.close()


def tidied(page: str) -> str:
    """Return a page as nbconvert leaves it: parsed, pictures given a text, and written again."""
    head, *cells = _CELL.split(page)
    end = _AFTER_CELLS.search(cells[-1]) if cells else None
    if end is None or "jp-Notebook" in page or "proctorch-here" in page or "proctorch-end" in page:
        return _whole(page)
    frame = _frame(head, cells[-1][end.start() :])
    if frame is None:
        return _whole(page)
    cells[-1] = cells[-1][: end.start()]
    (opening, closing), around = frame
    done = [_cell(cell, around) for cell in cells]
    return _whole(page) if None in done else "".join((opening, *filter(None, done), closing))


def _whole(page: str) -> str:
    soup = _described(BeautifulSoup(page, features="html.parser"))
    for place in ("div.jp-Cell-inputWrapper", "div.jp-OutputArea-output"):
        for element in soup.select(f".jp-Notebook {place}"):
            element.attrs["tabindex"] = "0"
    return str(soup)


@functools.lru_cache(maxsize=16)
def _frame(head: str, after: str) -> tuple[tuple[str, str], tuple[str, ...]] | None:
    """Return what stands before and after the cells, and the elements around them, outermost first."""
    soup = _described(BeautifulSoup(head + _HERE + after, features="html.parser"))
    mark = soup.find(id="proctorch-here")
    if not isinstance(mark, Tag):
        return None
    opening, _, closing = str(soup).partition(_HERE)
    return (opening, closing), tuple(parent.name for parent in mark.parents if parent.name != "[document]")[::-1]


@functools.lru_cache(maxsize=_MOST_KEPT)
def _cell(text: str, around: tuple[str, ...]) -> str | None:
    """Return one cell parsed and written again; None where it does not begin and end between the same elements."""
    before = "".join(f"<{name}>" for name in around)
    soup = _described(BeautifulSoup(before + _HERE + text + _END, features="html.parser"))
    first, last = soup.find(id="proctorch-here"), soup.find(id="proctorch-end")
    if not isinstance(first, Tag) or not isinstance(last, Tag) or first.parent is not last.parent:
        return None
    return str(soup).partition(_HERE)[2].partition(_END)[0]


def _described(soup: BeautifulSoup) -> BeautifulSoup:
    """Give pictures without a text one, as nbconvert does."""
    for picture in soup.find_all("img"):
        if not picture.has_attr("alt"):
            picture.attrs["alt"] = _NO_ALT
    return soup
