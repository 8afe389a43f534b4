"""Which process of a submission serves which exercise: guests that have run the cells, and forks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property

from proctorch.errors import GuestFailure
from proctorch.grading.loaded import Loaded, Loader
from proctorch.grading.stateless import stateless_names
from proctorch.model import Cell, DaySpec
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.transport import SocketTransport

# An exercise, and whether its checks have a loopback.
Place = tuple[str, bool]
# The part of its limit that an exercise may leave in memory for the next one to find.
LEFT_OVER = 1 / 8


class Processes:
    """The processes of one submission.

    Each exercise has one of its own (`own`), a fork of the guest that has run the cells; the last exercise has that
    guest itself, which saves one. Checks whose conversations are known may be served in a process of several exercises
    (`common`), as far as what they ask keeps nothing from one call to the next (`stateless`). Where a check goes astray
    there (`stray`) it goes on in that process, which is the exercise's own from then on. No question is asked twice:
    whoever hears one again knows that the first answer was none of the known ones. A process that one exercise has
    filled is not handed to the next. Checks with a loopback have a guest of their own, so that the others never find an
    interface that is up.

    `planned` is how many more times an exercise is come to: forks, and the next submission's guest, are made ahead
    accordingly. `died` is called when a process of an exercise is found dead.
    """

    def __init__(
        self, zygote: Zygote, day: DaySpec, cells: Sequence[Cell], limits: Limits, *, died: Callable[[], None]
    ) -> None:
        self._zygote, self._cells, self._limits, self._died = zygote, cells, limits, died
        self._loader = Loader(zygote, day, cells, limits)
        self.planned = 0
        self._exercise: str | None = None
        self._alone = self._strayed = False
        self._own: tuple[Place, SocketTransport] | None = None
        self._fork_in_common: SocketTransport | None = None
        self._empty: int | None = None

    @property
    def failures(self) -> dict[str, GuestFailure]:
        """What went wrong with the cells, by their labels."""
        return self._loader.failures

    def load(self, *, loopback: bool = False) -> None:
        """Run the cells, if they have not been run; raises EngineError."""
        self._loader.load(loopback=loopback)

    def loaded(self, loopback: bool) -> Loaded:
        """Return a guest that has run the cells; raises GuestFailure where none can, EngineError."""
        return self._loader.loaded(loopback)

    def lives(self, loopback: bool) -> Loaded | None:
        """Return the guest that has run the cells, if it is there still."""
        return self._loader.guests.get(loopback)

    def close(self) -> None:
        """End the guests."""
        for loopback in tuple(self._loader.guests):
            self._end(loopback)

    def come_to(self, exercise: str, limits: Limits) -> None:
        """Come to an exercise, whose checks have these limits: the process of the last one has done its work."""
        if exercise == self._exercise:
            return
        if self._exercise is None:
            self._alone = self.planned == 1
        self._exercise, self._strayed = exercise, False
        self._clear_out(int(LEFT_OVER * limits.memory))
        self.planned -= 1
        if self.planned in (0, 1):
            self._zygote.get_ahead(self._limits)

    def _clear_out(self, most: int) -> None:
        """End the process of several exercises where those before have left more than so many bytes there.

        Cycles of Python's objects, say, stay for a while, and a large tensor in them counts against everybody's limit.
        """
        loaded = self.lives(False)
        if self._empty is None or loaded is None:
            return
        if loaded.guest.meter.address_space() - self._empty > most:
            self._let_go()
            self._end(False)

    def bury(self) -> None:
        """Let go of the exercise's own process where it has died."""
        if self._own is not None and self._own[1].dead:
            self._let_go()

    def own(self, exercise: str, loopback: bool) -> SocketTransport:
        """Return the wire to the exercise's own process: the same for all its checks, as long as it lives.

        Raises GuestFailure, EngineError.
        """
        wanted = (exercise, loopback)
        if self._own is not None:
            place, wire = self._own
            if place == wanted and not wire.dead:
                return wire
        self._let_go()
        try:
            wire = self._make(loopback)
        except GuestFailure:
            self._end(loopback)
            wire = self._make(loopback)
        self._own = (wanted, wire)
        self._get_ahead(loopback)
        return wire

    def _make(self, loopback: bool) -> SocketTransport:
        guest = self._loader.loaded(loopback).guest
        return guest.itself() if self.planned == 0 else guest.fork()

    def _get_ahead(self, loopback: bool) -> None:
        """Let the guest make the next exercise's process while the checks of this one run, if it will need one."""
        if self.planned > 1 and self._fork_in_common is None:
            with suppress(GuestFailure):  # the next fork will say so
                self._loader.guests[loopback].guest.get_ahead()

    @property
    def shares(self) -> bool:
        """Whether the exercise that was come to may be served in the process of several, as far as it keeps nothing."""
        return not (self._strayed or self._alone or self.failures)

    def common(self) -> SocketTransport:
        """Return the wire to the process of several exercises; raises GuestFailure, EngineError.

        Where the submission keeps nothing at all that is the guest itself, otherwise a fork.
        """
        guest = self._loader.loaded(False).guest
        if self._empty is None:
            self._empty = guest.meter.address_space()
        if self._keeps_nothing:
            return guest.itself()
        self._fork_in_common = self._fork_in_common or guest.fork()
        return self._fork_in_common

    def stray(self, exercise: str, wire: SocketTransport) -> None:
        """Leave the known conversations on `wire`, the process of several, which is now the exercise's own.

        Others go on using it where it is the guest itself; a fork is theirs no more.
        """
        if self._own is not None and self._own[1] is not wire:
            self._let_go()
        self._own = ((exercise, False), wire)
        if wire is self._fork_in_common:
            self._strayed, self._fork_in_common = True, None

    @cached_property
    def stateless(self) -> frozenset[str]:
        """The names of the submission that keep nothing from one call to the next."""
        return stateless_names(self._cells)

    @cached_property
    def _keeps_nothing(self) -> bool:
        """Whether none of the submission's functions and classes keeps anything from one call to the next."""
        return self.stateless.issuperset(self._loader.loaded(False).known)

    def leave(self) -> None:
        """End the exercise's process; what comes next gets a new one, and a new guest where it was the guest's own."""
        if self._own is not None and self.own_is_guest:
            self._end(self._own[0][1])
        else:
            self._let_go()

    @property
    def own_is_guest(self) -> bool:
        """Whether the exercise's process is the guest that has run the cells, and no fork of it."""
        if self._own is None:
            return False
        (_, loopback), wire = self._own
        loaded = self.lives(loopback)
        return loaded is not None and wire is loaded.guest.base

    def _let_go(self) -> None:
        """Come away from the exercise's process: a fork of its own ends, and so does a guest that is dead."""
        if self._own is None:
            return
        ((_, loopback), wire), is_guest = self._own, self.own_is_guest
        self._own = None
        if wire.dead:
            self._died()
            self._end(loopback)
        elif not is_guest:
            wire.close()

    def _end(self, loopback: bool) -> None:
        self._own = None
        if not loopback:
            self._fork_in_common = self._empty = None
        self._loader.end(loopback)
