"""Guests that have run a submission's cells: one, and one more where checks ask for a loopback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proctorch.errors import GuestFailure
from proctorch.grading.student import Student, StudentObject
from proctorch.model import Cell, DaySpec
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.values import Reference

MOST_RESTARTS = 3


@dataclass(frozen=True)
class Loaded:
    """A guest that has run the cells, and the numbers under which it and its forks know functions and classes."""

    guest: Guest
    known: dict[str, Reference]

    @cached_property
    def names(self) -> str:
        """What the host knows of the submission before it asks anything."""
        return repr(sorted((name, reference) for name, reference in self.known.items()))


class Loader:
    """Runs a submission's cells, each on its own budget of the host's clock.

    A cell that hangs or ends the process is left out, and the rest are run again in a new guest. `failures` says what
    went wrong with which cell, `guests` are those that are loaded, by whether they have a loopback.
    """

    def __init__(self, zygote: Zygote, day: DaySpec, cells: Sequence[Cell], limits: Limits) -> None:
        self._zygote, self._cells, self._limits = zygote, cells, limits
        self._devices = day.devices
        self._names = [name for exercise in day.exercises for name in exercise.defines]
        self.guests: dict[bool, Loaded] = {}
        self.failures: dict[str, GuestFailure] = {}
        self._left_out: set[str] = set()
        self._broken: GuestFailure | None = None

    def end(self, loopback: bool) -> None:
        """End a guest, if it is there."""
        if loopback in self.guests:
            self.guests.pop(loopback).guest.kill()

    def load(self, *, loopback: bool = False) -> None:
        """Run the cells, if they have not been run; raises EngineError."""
        while loopback not in self.guests and self._broken is None:
            try:
                self.guests[loopback] = self._load(self._limits.replace(loopback=loopback))
            except GuestFailure as failure:
                if len(self._left_out) > MOST_RESTARTS:
                    self._broken = failure

    def loaded(self, loopback: bool) -> Loaded:
        """Return a guest that has run the cells; raises GuestFailure where none can, EngineError."""
        self.load(loopback=loopback)
        if self._broken is not None or loopback not in self.guests:
            raise self._broken or GuestFailure("the submission could not be loaded")
        return self.guests[loopback]

    def _load(self, limits: Limits) -> Loaded:
        guest = self._zygote.guest(limits)
        loader = Student(guest.base)._client
        guest.base.begin(limits.replace(cpu_seconds=limits.load_seconds))
        if self._devices:
            loader.request("lab", "gpu.begin", [self._devices], {})
        for cell in self._cells:
            if cell.label in self._left_out:
                continue
            try:
                raised = loader.load(cell.label, cell.source)
            except GuestFailure as failure:
                self.failures[cell.label] = failure
                self._left_out.add(cell.label)
                guest.kill()
                raise
            if raised is not None:
                self.failures[cell.label] = raised
        try:
            return Loaded(guest, _references(loader.request("callables", self._names), self._names))
        except GuestFailure as failure:
            self._broken = failure
            raise


def _references(told: Any, names: Sequence[str]) -> dict[str, Reference]:
    """Return what a loaded guest told of its functions and classes: every fork of it knows them under these numbers."""
    if type(told) is not dict:
        return {}
    return {name: proxy.reference for name, proxy in told.items() if name in names and isinstance(proxy, StudentObject)}
