"""What torch's larger functions demand of their arguments before they fall apart into single operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proctorch.lab.gpu import messages
from proctorch.lab.gpu.placement import CPU, device_of, tensors_in

# Their second result is a list of lengths, which is read on the CPU.
LENGTHS_STAY = frozenset(["_pack_padded_sequence", "_pad_packed_sequence"])


def recurrent(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise RuntimeError when the hidden state or a weight of a recurrent layer is not where its input is.

    The arguments are (input, hidden, weights, ...), or (data, batch_sizes, hidden, weights, ...) of a packed sequence.
    """
    given = args[0]
    hidden, parameters = args[2:4] if isinstance(args[3], (list, tuple)) else args[1:3]
    for name, tree in (("hidden", hidden), ("parameter", parameters)):
        for tensor in tensors_in(tree):
            if device_of(tensor) != device_of(given):
                raise messages.recurrent_elsewhere(name, device_of(given), device_of(tensor))


def attention(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise RuntimeError when query, key and value are on several devices."""
    named = dict(zip(("query", "key", "value"), args, strict=False)) | kwargs
    query, key, value = (device_of(named[name]) for name in ("query", "key", "value"))
    if not query == key == value:
        raise messages.attention_elsewhere(query, key, value)


def packing(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise RuntimeError when the lengths of sequences are not on the CPU."""
    lengths = args[1] if len(args) > 1 else kwargs["lengths"]
    if device_of(lengths) != CPU:
        raise messages.lengths_elsewhere(lengths, device_of(lengths))


CHECKS: dict[str, Callable[[tuple[Any, ...], dict[str, Any]], None]] = {
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), recurrent),
    "scaled_dot_product_attention": attention,
    "_pack_padded_sequence": packing,
}
