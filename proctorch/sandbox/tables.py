"""pandas frames and series, taken apart into plain values and put together again; pandas is imported only when met."""

from __future__ import annotations

from typing import Any

import numpy as np

from proctorch.sandbox.values import MAX_COLLISIONS, Table


def dismantle(value: Any) -> Table | None:
    """Return a frame, series or index as a Table; None for any other object of pandas."""
    import pandas

    if isinstance(value, pandas.DataFrame) and value.index.nlevels == 1 and value.columns.nlevels == 1:
        columns = [_column(value.iloc[:, place]) for place in range(value.shape[1])]
        return Table("frame", _column(value.columns), columns, _column(value.index), [value.index.name])
    if isinstance(value, pandas.Series) and value.index.nlevels == 1:
        return Table("series", [value.name], [_column(value)], _column(value.index), [value.index.name])
    return None


def _column(values: Any) -> tuple[str, Any]:
    name = str(values.dtype)
    if isinstance(values.dtype, np.dtype):
        if values.dtype.kind in "biufc":
            return name, values.to_numpy()
        if values.dtype.kind == "M":
            return name, values.to_numpy().view("int64")
    missing = values.isna()
    return name, [None if gone else item for item, gone in zip(values.tolist(), missing, strict=True)]


def assemble(parts: Any) -> Any:
    """Build the frame or series that `dismantle` took apart; raises ValueError or TypeError when the parts do not
    fit.
    """
    import pandas

    if type(parts) is not tuple or len(parts) != 5:
        raise ValueError("not the parts of a table")
    kind, labels, columns, index, names = parts
    if kind not in ("frame", "series") or type(columns) is not list or type(names) is not list or len(names) != 1:
        raise ValueError("not the parts of a table")
    rows = pandas.Index(_values(index), name=names[0])
    built = [_values(column) for column in columns]
    if any(len(column) != len(rows) for column in built):
        raise ValueError("columns of different lengths")
    if kind == "series":
        if len(built) != 1 or type(labels) is not list or len(labels) != 1:
            raise ValueError("a series has one column")
        return pandas.Series(built[0].array, index=rows, name=labels[0])
    frame = pandas.DataFrame({place: column.array for place, column in enumerate(built)}, index=rows)
    frame.columns = pandas.Index(_values(labels))
    return frame


_DATED = ("datetime64[s]", "datetime64[ms]", "datetime64[us]", "datetime64[ns]")
_OF_TEXT = ("str", "string")
# Texts and bytes have hashes that nobody can choose, and other objects have their addresses.
_WITH_CHOSEN_HASH = (int, float, complex, tuple, np.generic)
_LISTED = ("object", "str", "string", "category", "boolean", "Int8", "Int16", "Int32", "Int64", "Float32", "Float64")


def _values(column: Any) -> Any:
    """Return one column as a series with the dtype that its name says."""
    import pandas

    if type(column) is not tuple or len(column) != 2 or type(column[0]) is not str:
        raise ValueError("not a column")
    name, values = column
    if type(values) is np.ndarray and values.ndim == 1:
        dated = name in _DATED and values.dtype == np.int64
        return pandas.Series(values.view(name) if dated else values)
    if type(values) is not list or name not in _LISTED:
        raise ValueError("not a column")
    if name in _OF_TEXT and not all(item is None or type(item) is str for item in values):
        raise ValueError("a column of text holds something else")  # pandas would write out every tensor
    _refuse_collisions(values)
    return pandas.Series(values, dtype=name)


def _refuse_collisions(values: list[Any]) -> None:
    """Raise ValueError when many values have one hash: a category or an index of them takes the square of their number.

    Equal values are one; a list has them rightly, where a dict's keys cannot.
    """
    by_hash: dict[int, set[str]] = {}
    for value in values:
        if isinstance(value, _WITH_CHOSEN_HASH):
            try:
                alike = by_hash.setdefault(hash(value), set())
            except TypeError:  # a list in a tuple: pandas cannot hash it either
                continue
            if len(alike) <= MAX_COLLISIONS:
                alike.add(repr(value))
    if any(len(alike) > MAX_COLLISIONS for alike in by_hash.values()):
        raise ValueError("too many values have the same hash")
