"""One call of a student's function, as messages need it: its name, what it was given, and what its axes are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from proctorch.grading.signature import Signature, axis_names, bind_arguments
from proctorch.sandbox.trees import tensors


@dataclass(frozen=True)
class RecordedCall:
    """A call; `item` chooses one of a returned tuple. The axes are worked out when a message asks for them."""

    name: str
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    signature: Signature | None = None
    item: int | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the returned tensor's axes, as far as the signature gives them."""
        if self.signature is None:
            return ()
        return axis_names(self.signature, bind_arguments(self.signature, self.arguments, self.keywords), self.item)

    @property
    def named_sizes(self) -> Mapping[str, int]:
        """The lengths that the arguments gave to the names of axes."""
        if self.signature is None:
            return {}
        binding = bind_arguments(self.signature, self.arguments, self.keywords)
        return {name: size for name, size in binding.sizes.items() if name not in binding.loose}


def tag(value: Any, call: RecordedCall) -> None:
    """Let each tensor of a returned value know the call that it came out of, and which item of it it is."""
    if type(value) in (tuple, list):
        for place, item in enumerate(value):
            _tag_all(item, replace(call, item=place))
    else:
        _tag_all(value, call)


def _tag_all(value: Any, call: RecordedCall) -> None:
    for tensor in tensors(value):
        tensor._proctorch_call = call  # type: ignore[attr-defined]
