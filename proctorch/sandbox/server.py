"""What a guest can be asked to do: the closed list of operations on a submission's names and objects.

The same class serves in the sandbox, over a socket, and in the student's own process, over a loopback. It holds the
submission's namespace, the objects that the host refers to, and the autograd graphs of calls that the host may still
differentiate. Nothing here is trusted by the host: student code shares this process and can change all of it.
"""

from __future__ import annotations

import builtins
import importlib
import random
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import describe_failure, run_cell
from proctorch.sandbox.checkpoints import open_checkpoint
from proctorch.sandbox.decoding import decode
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.trees import Snapshot, tensors
from proctorch.sandbox.values import Reference
from proctorch.sandbox.wire import Frame, Kind

CallHost = Callable[[int, bytes], tuple[Kind, bytes]]


def no_host(number: int, payload: bytes) -> tuple[Kind, bytes]:
    """Refuse a callback while there is nobody to serve it."""
    raise RuntimeError("there is no host to call back")


@dataclass
class Graph:
    """One call that the host may differentiate: which tensors went in, which came out."""

    sources: list[torch.Tensor | None]
    outputs: list[torch.Tensor]


class Start(torch.autograd.Function):
    """A scalar whose gradient is the gradient that an output was given.

    Given to `torch.autograd.grad` itself, the first gradient of a process makes torch import SymPy, to compare two
    shapes: a third of the time that importing torch takes.
    """

    @staticmethod
    def forward(ctx: Any, output: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """Return a zero, whatever the output's shape and dtype are."""
        ctx.gradient = gradient
        return torch.zeros(())

    @staticmethod
    def backward(ctx: Any, one: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return the gradient as it was given."""
        return ctx.gradient, None


class HostFunction:
    """A function of the host, as student code sees it: calling it sends values there and gets values back."""

    def __init__(self, call: Callable[[int, Any], Any], number: int) -> None:
        self._call, self._number = call, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the host's function with plain values; raises TypeError for anything that is not a plain value."""
        return self._call(self._number, (args, kwargs))


class GuestServer:
    """Serves requests on one namespace; `call_host` carries a callback to the host and returns its answer."""

    def __init__(self, namespace: dict[str, Any], call_host: CallHost, capture: Capture) -> None:
        self.namespace = namespace
        self._call_host = call_host
        self._capture = capture
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._graphs: dict[int, Graph] = {}
        self._next = 1
        self._operations: dict[str, Callable[..., Any]] = {
            "after": self.after,
            "begin": self.begin,
            "load": self.load,
            "get": self.get,
            "callables": self.callables,
            "call": self.call,
            "vjp": self.vjp,
            "drop": self.drop,
            "iterate": lambda target: self._refer(iter(target), "iterable"),
            "next": self.step,
            "length": lambda target: len(target),
            "item": lambda target, index: target[index],
            "describe": self.describe,
            "set_gradients": self.set_gradients,
            "state_dict": lambda target: dict(target.state_dict()),
            "load_state_dict": self.load_state_dict,
            "read_file": self.read_file,
            "open_checkpoint": open_checkpoint,
            "lab": self.lab,
            "seed": self.seed,
        }

    def use_host(self, call_host: CallHost) -> None:
        """Send callbacks another way from now on: a fork of a guest has a wire of its own."""
        self._call_host = call_host

    def handle(self, frame: Frame) -> Frame:
        """Answer one request: a REPLY, or a FAILURE when anything at all was raised."""
        with self._capture:
            try:
                operation, *arguments = decode(frame.payload, self._resolve)
                result = self._operations[operation](*arguments)
                printed = self._capture.take()
                answer = (result, printed) if printed else (result,)
                return Frame(Kind.REPLY, frame.id, encode(answer, self._foreign))
            except BaseException as error:
                failure = describe_failure(error)
                failure["printed"] = self._capture.take()
                return Frame(Kind.FAILURE, frame.id, encode(failure))

    def _resolve(self, reference: Reference) -> Any:
        if reference.kind == "function":
            return HostFunction(self._callback, reference.id)
        return self._objects[reference.id]

    def _foreign(self, value: Any) -> Reference:
        if isinstance(value, HostFunction):
            return Reference("function", value._number)
        if isinstance(value, torch.nn.Module):
            return self._refer(value, "module")
        if callable(value):
            return self._refer(value, "callable")
        if hasattr(value, "__iter__") or hasattr(value, "__getitem__"):
            return self._refer(value, "iterable")
        return self._refer(value, "object")

    def _refer(self, value: Any, kind: str) -> Reference:
        number = self._numbers.get(id(value))
        if number is None or self._objects.get(number) is not value:
            number, self._next = self._next, self._next + 1
            self._objects[number] = value
            self._numbers[id(value)] = number
        name = getattr(value, "__name__", None) if kind == "callable" else type(value).__name__
        return Reference(kind, number, name if type(name) is str else type(value).__name__)

    def _callback(self, number: int, arguments: Any) -> Any:
        kind, payload = self._call_host(number, encode((number, arguments)))
        answer = decode(payload, self._resolve)
        if kind is Kind.ANSWER:
            return answer
        type_name, message = answer
        error = getattr(builtins, type_name, None)
        if not (isinstance(error, type) and issubclass(error, Exception)):
            error = RuntimeError
        raise error(message)

    def begin(self, lasting: int, seed: int) -> None:
        """Begin a check: forget the objects of earlier ones (numbers above `lasting`), count anew, seed everything.

        So the same questions get the same answers, to the number and to the warning, whatever was asked before.
        """
        for number in [number for number in self._objects if number > lasting]:
            self._numbers.pop(id(self._objects.pop(number)), None)
        self._graphs.clear()
        self._next = lasting + 1
        with warnings.catch_warnings():
            pass  # which makes Python forget what it has warned of
        self.seed(seed)

    def after(self, earlier: list[tuple[Any, ...]], operation: str, *arguments: Any) -> Any:
        """Do what the host had no hurry to ask (seeding, forgetting), then one operation; return what that returns."""
        for name, *values in earlier:
            self._operations[name](*values)
        return self._operations[operation](*arguments)

    def load(self, label: str, source: str) -> dict[str, Any] | None:
        """Run one cell; return None or what went wrong."""
        return run_cell(self.namespace, label, source)

    def get(self, target: Any, path: str) -> tuple[bool, Any]:
        """Return (True, value) of a dotted path from an object, or from the namespace when target is None.

        Returns (False, the part that is missing) where there is no such name.
        """
        names = path.split(".")
        if target is None:
            if names[0] not in self.namespace:
                return False, names[0]
            target = self.namespace[names.pop(0)]
        for name in names:
            try:
                target = getattr(target, name)
            except AttributeError:
                return False, name
        return True, target

    def callables(self, names: list[str]) -> dict[str, Any]:
        """Return the functions and classes of the namespace that have one of these names."""
        found = {name: self.namespace[name] for name in names if name in self.namespace}
        return {name: value for name, value in found.items() if callable(value)}

    def call(
        self,
        target: Any,
        args: list[Any],
        kwargs: dict[str, Any] | None = None,
        grad: bool = True,
        track: Sequence[tuple[Any, list[str]]] = (),
    ) -> tuple[Any, ...]:
        """Call an object; keep its graph when the host may differentiate it.

        `track` lists modules and the parameters of theirs whose gradients the host wants. The answer is the value
        alone in a tuple, or the value, the graph's number (0 for none), which differentiable outputs are leaves of
        their own, and the arguments that were changed in place.
        """
        kwargs = {} if kwargs is None else kwargs
        before = Snapshot((args, kwargs))
        inputs = [tensor for tensor in tensors((args, kwargs)) if tensor.requires_grad]
        with torch.set_grad_enabled(grad):
            value = target(*args, **kwargs)
        outputs = [tensor for tensor in tensors(value) if tensor.requires_grad]
        own = [place for place, tensor in enumerate(outputs) if tensor.is_leaf and not _among(tensor, inputs)]
        number = 0
        if grad and len(own) < len(outputs):
            number, self._next = self._next, self._next + 1
            parameters = [_parameter(module, name) for module, names in track for name in names]
            self._graphs[number] = Graph([*inputs, *parameters], outputs)
        changed = before.changed()
        return (value, number, own, changed) if number or own or changed else (value,)

    def vjp(self, number: int, gradients: list[torch.Tensor | None]) -> list[torch.Tensor | None]:
        """Return the vector-Jacobian product of a kept call: one gradient (or None) for each source."""
        graph = self._graphs[number]
        pairs = [(out, grad) for out, grad in zip(graph.outputs, gradients, strict=True) if grad is not None]
        wanted = [source for source in graph.sources if source is not None and source.requires_grad]
        if not wanted:
            return [None] * len(graph.sources)
        with torch.enable_grad():
            ends = [Start.apply(out, grad) for out, grad in pairs]  # type: ignore[no-untyped-call]
        found = torch.autograd.grad(ends, wanted, retain_graph=True, allow_unused=True)
        by_source = {id(source): grad for source, grad in zip(wanted, found, strict=True)}
        return [None if source is None else by_source.get(id(source)) for source in graph.sources]

    def drop(self, numbers: list[int]) -> None:
        """Forget graphs and objects that the host no longer holds."""
        for number in numbers:
            self._graphs.pop(number, None)
            value = self._objects.pop(number, None)
            self._numbers.pop(id(value), None)

    def step(self, target: Any) -> tuple[bool, Any]:
        """Return (True, next item) of an iterator, or (False, None) at its end."""
        try:
            return True, next(target)
        except StopIteration:
            return False, None

    def describe(self, module: torch.nn.Module) -> dict[str, Any]:
        """Return a module's parameters with gradients, its buffers, its submodules' types and its mode."""
        return {
            "parameters": dict(module.named_parameters()),
            "gradients": {name: value.grad for name, value in module.named_parameters()},
            "buffers": dict(module.named_buffers()),
            "modules": {name: (type(part).__name__, part.training) for name, part in module.named_modules()},
        }

    def set_gradients(self, module: torch.nn.Module, gradients: dict[str, torch.Tensor | None]) -> None:
        """Give parameters the gradients that the host's backward computed."""
        for name, gradient in gradients.items():
            module.get_parameter(name).grad = gradient

    def load_state_dict(self, target: Any, state: dict[str, Any]) -> Any:
        """Load a state dict and return what the object's own method says."""
        result = target.load_state_dict(state)
        return tuple(result) if isinstance(result, tuple) else None

    def read_file(self, name: str, most: int) -> bytes:
        """Return at most `most` bytes of a file that student code wrote."""
        with open(name, "rb") as stream:
            return stream.read(most)

    def lab(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Make an object of `proctorch.lab` here."""
        target: Any = importlib.import_module("proctorch.lab")
        for part in name.split("."):
            target = getattr(target, part)
        return target(*args, **kwargs)

    def seed(self, number: int) -> None:
        """Start all of the guest's generators from a number."""
        torch.default_generator.manual_seed(number)
        if torch.cuda.is_available():  # in a simulation
            torch.cuda.manual_seed_all(number)
        random.seed(number)
        np.random.seed(number % 2**32)
        sys.setrecursionlimit(1000)


def _among(tensor: torch.Tensor, others: list[torch.Tensor]) -> bool:
    return any(tensor is other for other in others)


def _parameter(module: torch.nn.Module, name: str) -> torch.Tensor | None:
    try:
        return module.get_parameter(name)
    except AttributeError:
        return None
