"""Autograd across the boundary: a local node whose backward asks the guest for the vector-Jacobian product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from proctorch.errors import GraderBroken, ProtocolViolation
from proctorch.sandbox.trees import replace_leaves, tensors

if TYPE_CHECKING:
    from proctorch.grading.client import Client


Expected = tuple[torch.Size, torch.dtype]


class RemoteGraph:
    """The graph of one call, kept in the guest until this object is gone."""

    def __init__(self, client: Client, number: int, outputs: list[torch.Tensor], places: list[int], count: int) -> None:
        self.client, self.number, self.outputs = client, number, outputs
        self._places, self._count = places, count
        client.forget_with(self, number)

    def vjp(self, gradients: tuple[torch.Tensor | None, ...], expected: list[Expected]) -> list[torch.Tensor | None]:
        """Return a gradient or None for every source; raises ProtocolViolation when the answer does not fit them."""
        spread: list[torch.Tensor | None] = [None] * self._count
        for place, gradient in zip(self._places, gradients, strict=True):
            spread[place] = None if gradient is None else gradient.detach()
        found = self.client.request("vjp", self.number, spread)
        if type(found) is not list or len(found) != len(expected):
            raise ProtocolViolation("the gradients do not match what was asked")
        for gradient, (shape, dtype) in zip(found, expected, strict=True):
            plain = type(gradient) is torch.Tensor and gradient.shape == shape and gradient.dtype == dtype
            if gradient is not None and not plain:
                raise ProtocolViolation("a gradient has another shape or dtype than what it belongs to")
        return found


class RemoteCall(torch.autograd.Function):
    """The node: forward hands out what the guest computed, backward asks it.

    The last source is an anchor, so that outputs have a history even when nothing of the host's went in.
    """

    @staticmethod
    def forward(ctx: Any, graph: RemoteGraph, *sources: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the outputs that the guest sent."""
        ctx.graph = graph
        ctx.expected = [(source.shape, source.dtype) for source in sources[:-1]]
        ctx.set_materialize_grads(False)
        return tuple(output.detach() for output in graph.outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        """Return the vector-Jacobian product; raises GraderBroken under create_graph, where it would be silently
        wrong.
        """
        if torch.is_grad_enabled():
            raise GraderBroken(
                "a gradient through a student's function was asked for with create_graph=True; "
                "higher orders cannot cross the boundary.\n"
                "  To mend it: let the student's own code compute the higher derivative and return it."
            )
        return (None, *ctx.graph.vjp(gradients, ctx.expected), None)


def attach(client: Client, value: Any, number: int, leaves: list[int], sources: list[torch.Tensor]) -> Any:
    """Return the value with its differentiable tensors made outputs of a local node."""
    outputs = [tensor for tensor in tensors(value) if tensor.requires_grad]
    places = [place for place in range(len(outputs)) if place not in leaves]
    if number == 0 or not places:
        return _without_history(value, outputs, leaves)
    chosen = [outputs[place] for place in places]
    graph = RemoteGraph(client, number, chosen, places, len(outputs))
    results = RemoteCall.apply(graph, *sources, torch.zeros((), requires_grad=True))  # type: ignore[no-untyped-call]
    by_identity = {id(old): new for old, new in zip(chosen, results, strict=True)}
    return replace_leaves(value, lambda leaf: by_identity.get(id(leaf), leaf))


def _without_history(value: Any, outputs: list[torch.Tensor], leaves: list[int]) -> Any:
    """Return the value as it is: leaves of the guest's own stay leaves, and there is nothing to differentiate."""
    kept = {id(outputs[place]) for place in leaves if 0 <= place < len(outputs)}
    return replace_leaves(
        value,
        lambda leaf: (
            leaf.detach() if isinstance(leaf, torch.Tensor) and leaf.requires_grad and id(leaf) not in kept else leaf
        ),
    )
