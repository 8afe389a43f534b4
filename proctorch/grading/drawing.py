"""A picture as inline SVG: expected, yours and the difference, side by side, or one below the other for a single row.

The markup needs no scripts and no fonts, and reads well on light and dark pages: squares bring their own colours, words
and lines take the page's. Colour is never alone: right squares of the difference are empty, wrong ones have a frame,
numbers stand in small pictures, and the words beside it say what the colours mean. The scales (blue to orange, and
cividis) keep their order for people who do not see red or green.

JupyterLab takes the SVG out of a notebook that it does not trust and leaves its text. So what stands between the
elements, which no browser draws, makes sentences of what is left.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proctorch.model import Grid, Picture

_LEFT_OUT = "(The picture is left out here; running the cell again draws it.) "
_TITLES = ("expected", "yours", "difference")
_DIVERGING = ((31, 95, 168), (242, 242, 242), (196, 81, 0))
_SEQUENTIAL = ((0, 34, 78), (67, 78, 108), (125, 124, 120), (188, 174, 108), (254, 232, 56))
_TINY = 24
_TINY_COLUMNS = (6, 10)
_GAP = 18
_LABEL = 18
_SIDE = 76
_FONT = "font-family: inherit; font-size: 12px;"
_EDGES = ('stroke="#808080" stroke-opacity="0.5"', 'stroke="currentColor" stroke-width="1.5"')


@dataclass(frozen=True)
class _Layout:
    """Where things stand, in units of a pixel: the size of a square, whether it holds its number, and the direction."""

    rows: int
    columns: int
    width: int
    height: int
    numbers: bool
    stacked: bool

    def origin(self, panel: int) -> tuple[int, int]:
        """Return the upper left corner of one of the three grids."""
        if self.stacked:
            return _SIDE, panel * (self.rows * self.height + 6) + 1
        return panel * (max(self.columns * self.width, _SIDE) + _GAP) + 1, _LABEL

    def size(self) -> tuple[int, int]:
        """Return the width and height of it all."""
        across, down = self.origin(2)
        breadth = self.columns * self.width
        return across + (breadth if self.stacked else max(breadth, _SIDE)) + 1, down + self.rows * self.height + 1


def draw(picture: Picture) -> str:
    """Return a picture as markup: an SVG and the words that explain it."""
    layout = _layout(len(picture.expected), len(picture.expected[0]))
    width, height = layout.size()
    parts = [*_panels(picture, layout)]
    words = html.escape(_words(picture))
    return (
        f'<div style="margin: 0.4em 0;"><svg role="img" aria-label="{html.escape(_label(picture))}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'style="max-width: 100%; height: auto; color: inherit; {_FONT}">{_LEFT_OUT}{"".join(parts)}</svg>'
        f'<div style="font-size: 0.85em; opacity: 0.85;">{words}</div></div>'
    )


def _layout(rows: int, columns: int) -> _Layout:
    stacked = rows == 1
    numbers = rows * columns <= _TINY and columns <= _TINY_COLUMNS[stacked]
    width, height = (52, 24) if numbers else (14, 14)
    if stacked and not numbers:
        width, height = 28, 18
    return _Layout(rows, columns, width, height, numbers, stacked)


def _panels(picture: Picture, layout: _Layout) -> Iterator[str]:
    both = [*_flat(picture.expected), *_flat(picture.given)]
    scale, apart = _Scale.of(both), _Scale.of(_flat(picture.difference), diverging=True)
    grids = (picture.expected, picture.given, picture.difference)
    for panel, (title, grid) in enumerate(zip(_TITLES, grids, strict=True)):
        across, down = layout.origin(panel)
        x, y = (0, down + layout.height // 2 + 4) if layout.stacked else (across, _LABEL - 6)
        yield f'<text x="{x}" y="{y}" fill="currentColor">{title}</text>{": " if layout.numbers else " "}'
        yield f"<g {_EDGES[panel == 2]}>"
        for row, numbers in enumerate(grid):
            for column, number in enumerate(numbers):
                if panel < 2 or picture.wrong[row][column]:
                    corner = (across + column * layout.width, down + row * layout.height)
                    yield _square(number, corner, layout, apart if panel == 2 else scale)
            yield "; " if layout.numbers and (panel < 2 or any(picture.wrong[row])) else ""
        yield "</g>"
    yield _empty(picture, layout)


def _empty(picture: Picture, layout: _Layout) -> str:
    """Return the squares of the difference that are right, as one path."""
    across, down = layout.origin(2)
    outlines = "".join(
        _outline((across + column * layout.width, down + row * layout.height), layout)
        for row, cells in enumerate(picture.wrong)
        for column, wrong in enumerate(cells)
        if not wrong
    )
    return f'<path d="{outlines}" fill="none" stroke="currentColor" stroke-opacity="0.25"/>' if outlines else ""


def _outline(corner: tuple[int, int], layout: _Layout) -> str:
    return f"M{corner[0]} {corner[1]}h{layout.width}v{layout.height}h{-layout.width}z"


def _square(number: float, corner: tuple[int, int], layout: _Layout, scale: _Scale) -> str:
    """Return one square: crossed where the number is not finite, else coloured."""
    outline = _outline(corner, layout)
    text = ""
    if math.isfinite(number):
        colour = scale.colour(number)
        fill = f"#{''.join(f'{part:02x}' for part in colour)}"
        text = _number(number, corner, layout, _ink(colour)) if layout.numbers else ""
        return f'<path fill="{fill}" d="{outline}"/>{text}'
    if layout.numbers:
        text = _number(number, corner, layout, "currentColor")
    else:
        outline += f"l{layout.width} {layout.height}m0 {-layout.height}l{-layout.width} {layout.height}"
    return f'<path fill="none" stroke="currentColor" d="{outline}"/>{text}'


def _number(number: float, corner: tuple[int, int], layout: _Layout, ink: str) -> str:
    x, y = corner[0] + layout.width // 2, corner[1] + layout.height // 2 + 4
    return f'<text x="{x}" y="{y}" fill="{ink}" stroke="none" text-anchor="middle">{_phrase(number)}</text> '


@dataclass(frozen=True)
class _Scale:
    """From numbers to colours: numbers of both signs from blue over white to orange, others from dark to light."""

    low: float
    high: float
    stops: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, numbers: Iterable[float], *, diverging: bool = False) -> _Scale:
        """Return the scale for these numbers."""
        finite = [number for number in numbers if math.isfinite(number)]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        if diverging or low < 0 < high:
            bound = max(-low, high)
            return cls(-bound, bound, _DIVERGING)
        return cls(low, high, _SEQUENTIAL)

    def colour(self, number: float) -> tuple[int, int, int]:
        """Return red, green and blue."""
        # Halves first: the span of two large numbers may not be a number.
        span = self.high / 2 - self.low / 2
        part = (number / 2 - self.low / 2) / span if span > 0 else 0.5
        position = max(0.0, min(part, 1.0)) * (len(self.stops) - 1)
        before = min(int(position), len(self.stops) - 2)
        share = position - before
        one, other = self.stops[before], self.stops[before + 1]
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
        return red, green, blue


def _ink(colour: tuple[int, int, int]) -> str:
    """Return black or white, whichever reads better on a colour (by its relative luminance, as WCAG has it)."""
    red, green, blue = ((part / 255) ** 2.2 for part in colour)
    return "#000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#fff"


def _flat(grid: Grid) -> list[float]:
    return [number for row in grid for number in row]


def _label(picture: Picture) -> str:
    """Return the picture in words, for whoever does not see it."""
    wrong = sum(cell for row in picture.wrong for cell in row)
    total = len(picture.wrong) * len(picture.wrong[0])
    told = f"Expected, yours and their difference as coloured squares: {wrong} of {total} squares differ"
    places = [
        f"row {row + 1} column {column + 1}"
        for row, cells in enumerate(picture.wrong)
        for column, cell in enumerate(cells)
        if cell
    ]
    shown = f" ({', '.join(places)})" if 0 < len(places) <= 6 else ""
    return f"{told}{shown}."


def _words(picture: Picture) -> str:
    """Return what the colours mean, and what was left out."""
    numbers = [*_flat(picture.expected), *_flat(picture.given)]
    scale = _Scale.of(numbers)
    low, high = (_phrase(bound) for bound in (scale.low, scale.high))
    if scale.stops is _DIVERGING:
        meaning = f"Blue is negative, orange positive, up to {high}"
    else:
        meaning = f"Dark is {low}, light is {high}" if low != high else f"Every finite number is {low}"
    crossed = any(not math.isfinite(number) for number in numbers)
    parts = [meaning, "the difference is yours minus what was expected, and empty where yours is right"]
    numbered = _layout(len(picture.expected), len(picture.expected[0])).numbers
    parts += ["crossed squares are not finite"] if crossed and not numbered else []
    return "; ".join([*parts, *filter(None, [picture.note])]) + "."


def _phrase(number: float) -> str:
    return f"{number:.3g}".replace("-", "\N{MINUS SIGN}")
