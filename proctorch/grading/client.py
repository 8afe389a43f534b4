"""Asking a guest: one request and its answer, with everything that comes back checked before it is used.

The client knows the functions that the host handed out, the references that it holds, and which modules must be told of
gradients before the guest looks at them. What a check sees of it is `student`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import nn

from proctorch.errors import (
    CheckFailure,
    GraderBroken,
    GuestFailure,
    ProtocolViolation,
)
from proctorch.grading.calls import RecordedCall, tag
from proctorch.grading.hearsay import failure_of, readable, renamed
from proctorch.grading.progress import Progress
from proctorch.grading.signature import Signature, check_return
from proctorch.grading.transcript import Event
from proctorch.sandbox.decoding import decode
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.limits import DEFAULT_LIMITS, Limits
from proctorch.sandbox.transport import Transport
from proctorch.sandbox.trees import tensors, write_back
from proctorch.sandbox.values import BadValue, Reference, Unportable
from proctorch.sandbox.wire import Kind


class Mirrored(Protocol):
    """A module's mirror, as far as the client needs to know it."""

    def tracked(self) -> tuple[Reference, list[str], list[torch.Tensor]]:
        """Return the module, the names of its parameters that require a gradient, and their mirrors."""
        ...

    def push_gradients(self) -> None:
        """Send the gradients that the host's backward computed, where the guest does not have them yet."""
        ...


MOST_KEPT = 2**20

# What has hung twice already gets this much less time: a loop costs its limit, and not once for every check.
HURRY = 4.0

Wrap = Callable[["Client", Reference], Any]


@dataclass
class Client:
    """The host's side of one guest.

    `wrap` makes the proxy of a reference, `signatures` are the authored ones by name, the functions in `hurried` get
    less time than others, and the guest's objects in `lasting` are never forgotten.
    """

    transport: Transport
    wrap: Wrap
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    inplace_allowed: bool = False
    printed: str = ""
    last_call: RecordedCall | None = None
    progress: Progress = field(default_factory=Progress)
    epoch: int = 0
    output: list[str] = field(default_factory=list)
    transcript: list[Event] = field(default_factory=list)
    _kept: int = 0
    hurried: frozenset[str] = frozenset()
    lasting: frozenset[int] = frozenset()
    cells: Mapping[str, int] | None = None
    _limits: Limits = DEFAULT_LIMITS
    _seed: int = 0
    _in_a_hurry: bool = False
    _functions: dict[int, Callable[..., Any]] = field(default_factory=dict)
    _proxies: weakref.WeakValueDictionary[int, Any] = field(default_factory=weakref.WeakValueDictionary)
    _modules: weakref.WeakSet[Any] = field(default_factory=weakref.WeakSet)
    _dropped: dict[int, None] = field(default_factory=dict)
    _waiting: list[tuple[Any, ...]] = field(default_factory=list)
    _failed_inside: BaseException | None = None

    def begin(self, limits: Limits, seed: int) -> None:
        """Start a check: a fresh budget, fresh generators in the guest, nothing printed yet."""
        self._limits, self._seed, self.progress = limits, seed, Progress()
        self.transcript, self._kept, self._in_a_hurry = [], 0, False
        self.output, self.printed, self.last_call, self.inplace_allowed = [], "", None, False
        self.transport.begin(limits)
        self._waiting.append(("begin", max([*self.lasting, *self._proxies], default=0), seed))

    def reseed(self, seed: int | None = None) -> None:
        """Start the guest's generators again, as the check found them or from a number; sent with the next request."""
        self._waiting.append(("seed", self._seed if seed is None else seed))

    def request(self, operation: str, *arguments: Any) -> Any:
        """Ask the guest for one operation and return its value; raises GuestFailure.

        What waits to be sent goes first, in the same frame: each frame costs two changes of the running process.
        """
        if self._dropped:
            gone, self._dropped = self._dropped, {}
            self._waiting.append(("drop", list(gone)))
        if not self._waiting:
            return self._exchange(operation, operation, *arguments)
        earlier, self._waiting = self._waiting, []
        return self._exchange(operation, "after", earlier, operation, *arguments)

    def load(self, label: str, source: str) -> GuestFailure | None:
        """Run one cell in the guest; return what it raised, if anything. Raises GuestFailure when the guest ended."""
        said = self.request("load", label, source)
        return None if said is None else self._failure(said)

    def _exchange(self, operation: str, *request: Any) -> Any:
        """Send a request and return its value; `operation` is what the transcript calls it."""
        try:
            payload = encode(request, self._foreign)
        except Unportable as error:
            raise GraderBroken(f"a check handed the student's code something that cannot be copied: {error}") from error
        try:
            kind, content = self.transport.exchange(payload, self._answer)
        except GuestFailure as gone:
            self._note(operation, Kind.FAILURE, gone.verdict.value.encode())
            raise
        self._note(operation, kind, content)
        if self._failed_inside is not None:
            failure, self._failed_inside = self._failed_inside, None
            raise failure
        try:
            answer = decode(content, self._resolve)
        except BadValue as error:
            raise self._violation(f"the answer is not a value: {error}") from error
        if kind is Kind.FAILURE:
            raise self._failure(answer)
        if type(answer) is not tuple or not (len(answer) == 1 or (len(answer) == 2 and type(answer[1]) is str)):
            raise self._violation("the answer has not the parts of one")
        self._note_output(answer[1] if len(answer) == 2 else "")
        return answer[0]

    def _note(self, operation: str, kind: int, content: bytes) -> None:
        if self._kept + len(content) <= MOST_KEPT:
            self.transcript.append(Event(operation, kind, content))
            self._kept += len(content)

    def _violation(self, what: str) -> ProtocolViolation:
        failure = ProtocolViolation(what)
        self.transport.fail(failure)
        return failure

    def _note_output(self, printed: Any) -> None:
        self.printed = readable(printed, 2 * self._limits.output)
        if self.printed and sum(map(len, self.output)) < MOST_KEPT:
            self.output.append(self.printed)

    def _failure(self, answer: Any) -> GuestFailure:
        """Turn what the guest says of an exception into one of ours."""
        self._note_output(answer.get("printed") if type(answer) is dict else "")
        return failure_of(answer, self._limits.memory, self.cells)

    def _foreign(self, value: Any) -> Reference:
        reference = getattr(value, "reference", None) if not isinstance(value, type) else None
        if type(reference) is Reference:
            return reference
        if callable(value):
            for number, known in self._functions.items():
                if known is value:
                    return Reference("function", number)
            self._functions[len(self._functions) + 1] = value
            return Reference("function", len(self._functions))
        raise Unportable(f"a {type(value).__name__} is neither a plain value nor something of the student's")

    def _resolve(self, reference: Reference) -> Any:
        if reference.kind == "function":
            if reference.id not in self._functions:
                raise BadValue("a function that was never handed out")
            return self._functions[reference.id]
        proxy = self._proxies.get(reference.id)
        if proxy is None:
            proxy = self.wrap(self, renamed(reference, self.signatures))
            self._proxies[reference.id] = proxy
            self.forget_with(proxy, reference.id)
        self._dropped.pop(reference.id, None)
        return proxy

    def proxy(self, reference: Reference) -> Any:
        """Return the proxy of a reference that the guest gave out."""
        return self._resolve(reference)

    def forget_with(self, held: object, number: int) -> None:
        """Tell the guest to forget an object of its own when what stands for it here is gone."""
        # Not with a method of ours: a finalizer lives for ever, and so would the client and all that it holds.
        weakref.finalize(held, _let_go, weakref.ref(self), number)

    def _dropped_later(self, number: int) -> None:
        if number not in self.lasting:
            self._dropped[number] = None

    def _answer(self, number: int, payload: bytes) -> tuple[Kind, bytes]:
        """Serve a callback: call one of the host's functions with values, and give back a value."""
        self._note("callback", Kind.CALLBACK, payload)
        try:
            claimed, (args, kwargs) = decode(payload, self._resolve)
            function = self._functions[claimed]
        except (BadValue, TypeError, ValueError, KeyError) as error:
            raise ProtocolViolation("a callback is not one") from error
        if type(args) is not tuple or type(kwargs) is not dict or claimed != number:
            raise ProtocolViolation("a callback has no arguments")
        try:
            return Kind.ANSWER, encode(function(*args, **kwargs))
        except GuestFailure:
            raise
        except AssertionError as error:
            self._failed_inside = error
            return Kind.REFUSAL, encode(("RuntimeError", "the check has ended"))
        except Exception as error:
            return Kind.REFUSAL, encode((type(error).__name__, str(error)[:500]))

    def watch(self, module: Mirrored) -> None:
        """Keep a module's mirror in step with the guest."""
        self._modules.add(module)

    def push_gradients(self) -> None:
        """Send every gradient that the host's backward computed and the guest does not know."""
        for module in list(self._modules):
            module.push_gradients()

    def call(self, target: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], root: Any = None) -> Any:
        """Call something in the guest and return its value, with its graph attached; raises GuestFailure, CheckFailure.

        `root` is the module to which `target` belongs, when it is a part of one.
        """
        from proctorch.grading.differentiate import attach

        self.push_gradients()
        grad = torch.is_grad_enabled()
        modules: list[Any] = (
            [part for part in _flatten((root or target, args, kwargs)) if isinstance(part, nn.Module)] if grad else []
        )
        tracked = [module.tracked() for module in modules]
        asked = [(reference, names) for reference, names, _ in tracked]
        signature = self.signatures.get(name)
        self.last_call = call = RecordedCall(name, args, kwargs, signature)
        if name in self.hurried and not self._in_a_hurry:
            self._in_a_hurry = True
            self.transport.begin(self._limits.replace(cpu_seconds=self._limits.cpu_seconds / HURRY))
        more = [kwargs, grad, asked] if kwargs or asked or not grad else []
        reply = self.request("call", getattr(target, "reference", target), list(args), *more)
        self.epoch += 1
        value, graph, leaves, changed = self._parts(reply)
        self._settle_changes(name, args, kwargs, changed)
        mirrors = [mirror for _, _, found in tracked for mirror in found]
        sources = [tensor for tensor in tensors(([*args], kwargs)) if tensor.requires_grad] + mirrors
        value = attach(self, value, graph, leaves, sources)
        tag(value, call)
        self.progress.note_value(value, call)
        if signature is not None:
            check_return(signature, name, args, kwargs, value)
        return value

    def _parts(self, reply: Any) -> tuple[Any, int, list[int], list[tuple[int, Any]]]:
        if type(reply) is tuple and len(reply) == 1:
            return reply[0], 0, [], []
        if type(reply) is tuple and len(reply) == 4:
            value, graph, leaves, changed = reply
            pairs = type(changed) is list and all(type(pair) is tuple and len(pair) == 2 for pair in changed)
            if type(graph) is int and type(leaves) is list and all(type(place) is int for place in leaves) and pairs:
                return value, graph, leaves, changed
        raise self._violation("the answer to a call has not the parts of one")

    def _settle_changes(self, name: str, args: Any, kwargs: Any, changed: list[tuple[int, Any]]) -> None:
        if not changed:
            return
        if not self.inplace_allowed:
            self.progress.note_change(name)
            return
        try:
            write_back(([*args], kwargs), changed)
        except (AttributeError, IndexError, TypeError, ValueError, RuntimeError) as error:
            raise CheckFailure(
                "inplace", f"{name} left its input as something of another shape or type.", "The input's shape changed."
            ) from error


def _let_go(client: weakref.ref[Client], number: int) -> None:
    there = client()
    if there is not None:
        there._dropped_later(number)


def _flatten(tree: Any) -> list[Any]:
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in _flatten(item)]
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in _flatten(item)]
    return [tree]
