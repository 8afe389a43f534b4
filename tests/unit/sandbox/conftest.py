"""One zygote for all tests of the sandbox: it takes two seconds to start, a guest twenty milliseconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proctorch.sandbox.host import Guest, Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote(("numpy", "torch.fx.experimental.symbolic_shapes")) as started:
        yield started


@pytest.fixture
def guest(zygote: Zygote) -> Iterator[Guest]:
    made = zygote.guest()
    yield made
    made.kill()
