from __future__ import annotations

from collections.abc import Iterator

import pytest

from proctorch.sandbox.host import Guest, Zygote


@pytest.fixture
def guest(zygote: Zygote) -> Iterator[Guest]:
    made = zygote.guest()
    yield made
    made.kill()
