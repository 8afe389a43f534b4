"""Small real data sets that ship inside scikit-learn, split the same way on every machine.

Inputs are float32, labels int64 (targets of a regression float32). A split depends on its seed alone. A check that
judges accuracy keeps the test labels on the host: it hands the student's code the training half and the test inputs,
and scores the predictions itself.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Split:
    """A data set in two halves: inputs of shape (rows, features), labels or targets of shape (rows,)."""

    train_inputs: Tensor
    train_labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor


def digits(seed: int = 0, *, test_share: float = 0.25) -> Split:
    """Return the 1,797 handwritten digits of 8 by 8 pixels: 64 features from 0 to 1, labels 0 to 9.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI (1998).
    """
    inputs, labels = _load("load_digits")
    return _split(inputs / 16.0, labels, seed, test_share)


def iris(seed: int = 0, *, test_share: float = 0.25) -> Split:
    """Return Fisher's 150 irises: 4 features in centimetres, labels 0 to 2. Source: R. A. Fisher (1936)."""
    return _split(*_load("load_iris"), seed, test_share)


def wine(seed: int = 0, *, test_share: float = 0.25) -> Split:
    """Return 178 wines: 13 chemical features in unlike units, labels 0 to 2. Source: M. Forina et al., UCI (1991)."""
    return _split(*_load("load_wine"), seed, test_share)


def breast_cancer(seed: int = 0, *, test_share: float = 0.25) -> Split:
    """Return 569 tumours: 30 features in unlike units, labels 0 (malignant) and 1 (benign).

    Source: W. Wolberg et al., Breast Cancer Wisconsin (Diagnostic), UCI (1995).
    """
    return _split(*_load("load_breast_cancer"), seed, test_share)


def diabetes(seed: int = 0, *, test_share: float = 0.25) -> Split:
    """Return 442 patients: 10 standardised features, targets from 25 to 346. Source: B. Efron et al. (2004)."""
    return _split(*_load("load_diabetes"), seed, test_share)


@functools.cache
def _load(name: str) -> tuple[Tensor, Tensor]:
    """Return inputs and labels of one of scikit-learn's data sets; raises ImportError saying what to install."""
    table = _table_of_digits() if name == "load_digits" else None
    if table is not None:
        return torch.tensor(table[:, :-1], dtype=torch.float32), torch.tensor(table[:, -1], dtype=torch.int64)
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError("the data sets need scikit-learn.\n  To mend it: pip install scikit-learn") from error
    bunch = getattr(datasets, name)()
    inputs = torch.tensor(bunch.data, dtype=torch.float32)
    whole = bunch.target.dtype.kind == "i"
    return inputs, torch.tensor(bunch.target, dtype=torch.int64 if whole else torch.float32)


def _table_of_digits() -> np.ndarray | None:
    """Return the file of digits that comes with scikit-learn, of shape (1797, 65); None where it has moved.

    Importing scikit-learn to read one small file would cost a student nearly as long as importing torch does.
    """
    package = importlib.util.find_spec("sklearn")
    for place in (package.submodule_search_locations or []) if package is not None else []:
        path = Path(place) / "datasets" / "data" / "digits.csv.gz"
        if path.is_file():
            with gzip.open(path, "rt", encoding="ascii") as stream:
                return np.loadtxt(stream, delimiter=",")
    return None


def _split(inputs: Tensor, labels: Tensor, seed: int, test_share: float) -> Split:
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must lie between 0 and 1, not {test_share!r}")
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(seed))
    held = round(len(inputs) * test_share)
    test, train = order[:held], order[held:]
    return Split(inputs[train], labels[train], inputs[test], labels[test])
