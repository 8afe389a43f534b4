"""pandas tables as columns that the ladder can compare; pandas is looked up only where a check has imported it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def is_frame(value: object) -> bool:
    """Return whether a value is exactly a pandas DataFrame, Series or Index."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and type(value) in (pandas.DataFrame, pandas.Series, pandas.Index)


def columns_of(table: Any, *, index: bool) -> list[tuple[object, object]]:
    """Return the names and values of the columns: numeric ones as arrays, others as lists with None for missing.

    With `index`, the index is the first column; a Series or Index has one column named `""`.
    """
    pandas = sys.modules["pandas"]
    if type(table) is pandas.DataFrame:
        columns = [(name, _values(table.iloc[:, place])) for place, name in enumerate(table.columns)]
    else:
        columns = [("", _values(table))]
    if index and type(table) is not pandas.Index:
        columns.insert(0, ("the index", _values(table.index)))
    return columns


def _values(column: Any) -> object:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufc":
        return column.to_numpy()
    pandas = sys.modules["pandas"]
    return [_plain(value, bool(pandas.isna(value))) for value in column.tolist()]


def _plain(value: object, missing: bool) -> object:
    if missing:
        return None
    return value if type(value) in (bool, int, float, str, bytes) else str(value)
