"""Parameters of the examinations: each day's own alternatives and misconceptions."""

from __future__ import annotations

import pytest

from tests.content.examination import Examination


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.cls is not None and issubclass(metafunc.cls, Examination):
        for kind in ("alternative", "misconception"):
            if kind in metafunc.fixturenames:
                metafunc.parametrize(kind, metafunc.cls.parameters(kind))
