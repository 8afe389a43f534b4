"""`student`: the submission as a check sees it. What is asked of it happens in the guest; plain values come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from proctorch.errors import CheckFailure, GuestFailure, NameMissing, StudentRaised
from proctorch.grading.checkpoints import missing_file, opened
from proctorch.grading.client import Client
from proctorch.grading.mirror import StudentModule
from proctorch.grading.signature import Signature
from proctorch.sandbox.transport import Transport
from proctorch.sandbox.values import Reference


def wrap(client: Client, reference: Reference) -> Any:
    """Return the proxy for something that lives in the guest."""
    if reference.kind == "module":
        return StudentModule(client, reference)
    if reference.kind == "callable":
        return StudentFunction(client, reference)
    return StudentObject(client, reference)


class StudentObject:
    """Something that lives in the guest. It can be called, iterated, indexed, measured, asked for a dotted path, and
    asked for its state dict; nothing can be set on it.
    """

    def __init__(self, client: Client, reference: Reference, name: str | None = None) -> None:
        self.__dict__.update(client=client, reference=reference, name=name or reference.type_name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"nothing can be set on {self.name}: it lives with the student's code")

    def __getattr__(self, name: str) -> Any:
        """Return an attribute: a plain value, or a proxy again; raises AttributeError."""
        if name.startswith("__"):
            raise AttributeError(name)
        found, value = self.client.request("get", self, name)
        if not found:
            raise AttributeError(f"{self.name} has no attribute {name!r}")
        if isinstance(value, StudentFunction):
            value.__dict__["name"] = f"{self.name}.{name}"
        return value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it with plain values, proxies and functions of ours; raises GuestFailure, CheckFailure."""
        return self.client.call(self, self.name, args, kwargs)

    def __iter__(self) -> Iterator[Any]:
        """Step through it, one request an item."""
        iterator = self.client.request("iterate", self)
        while True:
            more, item = self.client.request("next", iterator)
            if not more:
                return
            yield item

    def __next__(self) -> Any:
        more, item = self.client.request("next", self)
        if not more:
            raise StopIteration
        return item

    def __len__(self) -> int:
        try:
            length = self.client.request("length", self)
        except StudentRaised as error:
            if error.type_name == "TypeError":
                raise TypeError(f"{self.name} has no length") from error
            raise
        if type(length) is not int or length < 0:
            raise CheckFailure("type", f"the length of {self.name} is not a whole number.", "A length is not a number.")
        return length

    def __getitem__(self, index: Any) -> Any:
        return self.client.request("item", self, index)

    def state_dict(self) -> Any:
        """Return the object's state dict, as copies."""
        return self.client.request("state_dict", self)

    def load_state_dict(self, state: Mapping[str, Any]) -> Any:
        """Load a state dict into the object."""
        return self.client.request("load_state_dict", self, dict(state))

    def __repr__(self) -> str:
        return f"<{self.name} of the student>"


class StudentFunction(StudentObject):
    """A function or class of the submission."""


class Student:
    """The submission. `student.softmax(x)` calls its `softmax`; a name that it lacks raises NameMissing.

    `known` are references to functions and classes that the guest has told of before, by name. `excuses` maps a name
    to the failure that kept it from being defined (a syntax error in its cell, say), which is raised in the place of
    NameMissing.
    """

    def __init__(
        self,
        transport: Transport,
        signatures: Mapping[str, Signature] | None = None,
        excuses: Mapping[str, GuestFailure] | None = None,
        known: Mapping[str, Reference] | None = None,
    ) -> None:
        self._client = Client(transport, wrap, signatures or {})
        self._excuses = dict(excuses or {})
        self._functions: dict[str, StudentFunction] = {}
        self._asked: set[str] = set()
        self._clean: Callable[[bytes], Any] = lambda content: self._client.request("open_checkpoint", content)
        self._known = known or {}
        self._client.lasting = frozenset(reference.id for reference in self._known.values())

    def __getattr__(self, name: str) -> Any:
        """Return a function, a class or a plain value of the submission."""
        if name.startswith("__"):
            raise AttributeError(name)
        self._asked.add(name)
        if name in self._functions:
            return self._functions[name]
        if name in self._known:
            found, value = True, self._client.proxy(self._known[name])
        else:
            found, value = self._client.request("get", None, name)
        if not found:
            raise self._excuses.get(name) or NameMissing(name)
        if isinstance(value, StudentFunction):
            value.__dict__["name"] = name
            self._functions[name] = value
        return value

    @property
    def output_of_last_call(self) -> str:
        """What the last call printed."""
        return self._client.printed

    def reseed(self, seed: int | None = None) -> None:
        """Start the generators of the student's process again: as the check found them, or from a number."""
        self._client.reseed(seed)

    @contextmanager
    def allow_inplace(self) -> Iterator[None]:
        """Let the student's code change what it is given: changes are written into the caller's values."""
        before, self._client.inplace_allowed = self._client.inplace_allowed, True
        try:
            yield
        finally:
            self._client.inplace_allowed = before

    @contextmanager
    def raises(self, *kinds: type[BaseException] | str) -> Iterator[None]:
        """Expect that the student's code raises one of the types (by its name), or a subclass of it.

        What kept the name from being defined is no answer to a call.
        """
        names = [kind if isinstance(kind, str) else kind.__name__ for kind in kinds]
        wanted = " or ".join(names)
        try:
            yield
        except StudentRaised as error:
            answers = error.verdict is StudentRaised.verdict and error not in self._excuses.values()
            if answers and any(name in error.bases for name in names):
                return
            raise
        call = self._client.last_call
        called = call.name if call else "the call"
        sentence = f"{called} returned a result where it should have raised {wanted}."
        raise CheckFailure("raises", sentence, sentence)

    def file(self, name: str, most: int = 1_000_000) -> bytes:
        """Return at most `most` bytes of a file that the student's code wrote."""
        content = self._client.request("read_file", name, most)
        if type(content) is not bytes or len(content) > most:
            raise CheckFailure("type", f"{name} could not be read.", f"{name} could not be read.")
        return content

    def checkpoint(self, name: Any, most: int = 1_000_000) -> Any:
        """Return what a checkpoint holds that the student's code wrote: plain values and tensors, at most `most` bytes.

        `name` is a path, or what `lab("scratch_file", ...)` gave. When marks count it is opened in a clean guest.
        """
        try:
            content = self.file(name, most)
        except StudentRaised as error:
            raise missing_file(error) from error
        return opened(content, self._clean)

    def lab(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Make an object of `proctorch.lab` where the student's code can use it."""
        return self._client.request("lab", name, list(args), kwargs)
