"""The bench on which marks count: the submission runs in a guest, one fork of it for each exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property

from proctorch.errors import EngineError, GuestFailure
from proctorch.grading.bench import LastStudent, runnable, signatures_of
from proctorch.grading.checks import Check
from proctorch.grading.client import Client
from proctorch.grading.loaded import Loader
from proctorch.grading.loading import excuses_for
from proctorch.grading.outcome import Outcome
from proctorch.grading.recall import Conversations, End, Recalled, Retold, Turn, hold, places
from proctorch.grading.seeds import derive
from proctorch.grading.signature import Signature
from proctorch.grading.stateless import stateless_names
from proctorch.grading.student import Student
from proctorch.grading.transcript import Transcript
from proctorch.model import Cell, DaySpec, Verdict
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.transport import SocketTransport

# What asks for more than the submission's functions: files, and data that all of a process share.
PLACES = frozenset({"lab", "open_checkpoint", "read_file"})
PATIENCE = 2
# The exercise for which a process is, whether it has a loopback, and the wire to it.
Process = tuple[tuple[str, bool], SocketTransport]


class SandboxBench(LastStudent):
    """Runs one submission's checks in the sandbox.

    The cells are run once, each on its own budget of the host's clock; a cell that hangs or ends the process is left
    out and the rest are run again in a new guest, so that it spoils what it defines and nothing else. Each exercise has
    a process of its own, in which its checks run one after another. With `conversations` (`recall`) fewer processes do:

    - where none of the submission's functions keeps anything from one call to the next (`stateless`), the guest that
      has run the cells serves all checks whose conversations are known, also where they take a new turn;
    - where some keep nothing, one fork serves the checks of these, and nothing but known outcomes comes out of it:
      whoever says anything new is judged in the exercise's own process.

    Either way nothing can be told of another exercise's inputs: all public checks have run before the first hidden one
    (`ExerciseRun`). `versions` are the hashes of the exercises' checks: with the secret they decide every check's
    inputs. `planned` is how many more times an exercise is come to: their forks, and the next submission's guest, are
    made while checks run. Checks with loopback have a guest of their own, which runs the cells once more; the others
    never find an interface that is up.
    """

    def __init__(
        self,
        zygote: Zygote,
        day: DaySpec,
        cells: tuple[Cell, ...],
        *,
        secret: bytes,
        versions: Mapping[str, str],
        limits: Limits,
        conversations: Conversations | None = None,
        apart: bool = False,
    ) -> None:
        self._zygote, self._day, self._limits = zygote, day, limits
        self._cells = runnable(cells)
        self._lines = {cell.label: cell.source.count("\n") + 1 for cell in self._cells}
        self.devices = day.devices
        self.planned = 0
        self._secret, self._versions, self._conversations = secret, versions, conversations
        self._signatures: dict[str, Signature] = signatures_of(day)
        self._loader = Loader(zygote, day, self._cells, limits)
        self._current: Process | None = None
        self._deaths: Counter[str] = Counter()
        self._called: Client | None = None
        self._recalled: Recalled | None = None
        self._retold: tuple[str, Retold] | None = None
        self._exercise: str | None = None
        self._strayed = False
        self._shared: SocketTransport | None = None
        self._apart = apart

    def close(self) -> None:
        """End the guests."""
        for loopback in tuple(self._loader.guests):
            self._end(loopback)

    def _end(self, loopback: bool) -> None:
        self._current = None
        if not loopback:
            self._shared = None
        self._loader.end(loopback)

    def forget(self) -> None:
        """Start a check of which nothing is known yet."""
        super().forget()
        self._recalled = self._retold = None

    def told(self) -> Transcript:
        """Return what the last check asked and what came back."""
        return super().told() if self._recalled is None else self._recalled.told

    def printed(self) -> str:
        """Return what the student's code printed during the last check."""
        return super().printed() if self._recalled is None else self._recalled.printed

    def recalls(self, check: Check, run: str) -> Outcome | None:
        """Hold a known conversation with the submission; return the outcome at its end, if it is one to the end."""
        self._enter(check.exercise)
        if self._current is not None and self._current[1].dead:
            self._let_go_of_current()
        outcome = self._recalls_among_others(check, run)
        if outcome is not None or self._retold is not None:  # or the guest died of it, and the check will say so
            return outcome
        first, wire = None, None
        with suppress(GuestFailure, EngineError):  # where there is no process, the check will say so
            wire = self._fork_for(check.exercise, check.limits.loopback)
            first = self._first_turn(check, run)
        if first is None or wire is None:
            return None
        return self._holds(first, wire, check, run)

    def _holds(self, first: Turn, wire: SocketTransport, check: Check, run: str) -> Outcome | None:
        wire.begin(check.limits)
        spoken, recalled = hold(first, wire, self._lines)
        self._retold = (run, Retold(wire, spoken))
        if recalled is None or not self._stands_alone(recalled.outcome):
            return None
        self._recalled = recalled
        return recalled.outcome

    def _stands_alone(self, outcome: Outcome) -> bool:
        """Say whether an outcome tells nothing of cells: one that failed excuses what it should have defined."""
        return outcome.verdict is Verdict.PASSED or not self.failures

    def _first_turn(self, check: Check, run: str) -> Turn | None:
        """Return how a known conversation begins; None where none may be held: a function that hung has less time."""
        if self._conversations is None or self._deaths:
            return None
        return self._conversations.first(run, self._loader.loaded(check.limits.loopback).names)

    def _recalls_among_others(self, check: Check, run: str) -> Outcome | None:
        """Hold a known conversation in the process that serves several exercises, where it may; return its outcome."""
        first = None if self._strayed or self._apart or check.limits.loopback else self._shareable(check, run)
        if first is None:
            return None
        with suppress(GuestFailure, EngineError):
            if self._keeps_nothing:
                wire = self._loader.loaded(False).guest.itself()
            else:
                wire = self._shared = self._shared or self._loader.loaded(False).guest.fork()
            outcome = self._holds(first, wire, check, run)
            if outcome is None:
                self._stray(check.exercise, wire)
            return outcome
        return None

    def _stray(self, exercise: str, wire: SocketTransport) -> None:
        """Let the check's own code go on: where it is, or, in a process of several exercises, in the exercise's own."""
        if wire.dead or self._keeps_nothing:
            if self._current is not None and self._current[1] is not wire:
                self._let_go_of_current()
            self._current = ((exercise, False), wire)
        else:
            self._retold, self._strayed = None, True
        if wire.dead:
            self._shared = None

    def _shareable(self, check: Check, run: str) -> Turn | None:
        """Return how a known conversation begins where the functions that it asks keep nothing (`stateless`)."""
        if self._conversations is None or self.failures:
            return None
        with suppress(GuestFailure, EngineError):
            first = self._first_turn(check, run)
            asked = self._conversations.asked(run, self._loader.loaded(False).names)
            if asked is not None and asked <= self._stateless:
                return first
        return None

    @cached_property
    def _stateless(self) -> frozenset[str]:
        return stateless_names(self._cells)

    @cached_property
    def _keeps_nothing(self) -> bool:
        """Whether none of the submission's functions and classes keeps anything from one call to the next."""
        return self._stateless.issuperset(self._loader.loaded(False).known)

    def _enter(self, exercise: str) -> None:
        """Come to the next exercise: the process of the last one has done its work."""
        if exercise == self._exercise:
            return
        if self._exercise is None and self.planned == 1:
            self._apart = True
        self._exercise, self._strayed = exercise, False
        self.planned -= 1
        if self.planned in (0, 1):
            self._zygote.get_ahead(self._limits)

    def keeps(self, check: Check, run: str, outcome: Outcome) -> bool:
        """Keep the last conversation; False where the check strayed from it: it must be run once more, afresh."""
        if self._conversations is None or self._retold is None:
            return True
        retold, student = self._retold[1], self.last
        self._retold = None
        if not retold.ended():
            self._conversations.give_up(run)
            self._leave()
            return False
        loaded = self._loader.guests.get(check.limits.loopback)
        if student is None or loaded is None or self._deaths or retold.failed or not self._stands_alone(outcome):
            return True
        operations = tuple(event.operation for event in student._client.transcript)
        asked = None if PLACES & {*operations} else frozenset(student._asked)
        if asked is None and self._is_base(self._current):
            self._leave()  # what it left there would be found by the next exercise
        end = End(outcome, operations, self.printed(), places(retold.spoken, self._lines))
        self._conversations.keep(run, loaded.names, retold.spoken, end, asked)
        return True

    def _leave(self) -> None:
        """End the exercise's process; what comes next gets a new one, and a new guest where it was the guest's own."""
        if self._current is None:
            return
        if self._is_base(self._current):
            self._end(self._current[0][1])
        else:
            self._let_go_of_current()

    def _is_base(self, process: Process | None) -> bool:
        """Say whether a process is a guest that has run the cells, and no fork of one."""
        if process is None:
            return False
        (_, loopback), wire = process
        loaded = self._loader.guests.get(loopback)
        return loaded is not None and wire is loaded.guest.base

    def _let_go_of_current(self) -> None:
        """Come away from the exercise's process: a fork of its own ends, and so does a guest that is dead."""
        if self._current is None:
            return
        ((_, loopback), wire), is_base = self._current, self._is_base(self._current)
        self._current = None
        if wire.dead:
            self._note_death()
            self._end(loopback)
        elif not is_base:
            wire.close()

    def student(self, check: Check, run: str) -> Student:
        """Return the submission in the exercise's own fork; raises GuestFailure where it cannot be loaded."""
        self._enter(check.exercise)
        excuses = excuses_for(self._day, self._cells, self.failures) if self.failures else {}
        loopback = check.limits.loopback
        if self._retold is None or self._retold[0] != run:
            self._retold = (run, Retold(self._fork_for(check.exercise, loopback), []))
        student = Student(self._retold[1], self._signatures, excuses, self._loader.loaded(loopback).known)
        student._client.cells = self._lines
        student._client.hurried = frozenset(name for name, deaths in self._deaths.items() if deaths >= PATIENCE)
        student._client.begin(check.limits, derive(self._secret, "guest", run, self._versions[check.exercise]))
        student._clean = self._open_cleanly
        self.last, self._called = student, student._client
        return student

    def _open_cleanly(self, content: bytes) -> object:
        """Open a checkpoint in a new guest, which has run no student code, and end that guest; raises GuestFailure."""
        guest = self._zygote.guest(self._limits)
        try:
            return Student(guest.base)._client.request("open_checkpoint", content)
        finally:
            guest.kill()

    def seed(self, check: Check, run: str) -> int:
        """Return the number from which the check's inputs are drawn."""
        return derive(self._secret, "inputs", run, self._versions[check.exercise])

    def load(self, *, loopback: bool = False) -> None:
        """Run the cells, if they have not been run; raises EngineError."""
        self._loader.load(loopback=loopback)

    @property
    def failures(self) -> dict[str, GuestFailure]:
        """What went wrong with the cells, by their labels."""
        return self._loader.failures

    def _note_death(self) -> None:
        """Remember which function the guest was in when it ended."""
        if self._called is not None and self._called.last_call is not None:
            self._deaths[self._called.last_call.name] += 1

    def _fork_for(self, exercise: str, loopback: bool) -> SocketTransport:
        """Return the wire to the exercise's fork: the same for all its checks, as long as it lives."""
        wanted = (exercise, loopback)
        if self._current is not None:
            current, transport = self._current
            if current == wanted and not transport.dead:
                return transport
            self._let_go_of_current()
        try:
            transport = self._process(loopback)
        except GuestFailure:
            self._end(loopback)
            transport = self._process(loopback)
        self._current = (wanted, transport)
        self._get_ahead(loopback)
        return transport

    def _process(self, loopback: bool) -> SocketTransport:
        """Return the wire to a process for one exercise; the last one has the loaded guest itself, which saves one."""
        guest = self._loader.loaded(loopback).guest
        return guest.itself() if self.planned == 0 else guest.fork()

    def _get_ahead(self, loopback: bool) -> None:
        """Let the guest make the next exercise's process while the checks of this one run, if it will need one."""
        if self.planned > 1 and self._shared is None:
            with suppress(GuestFailure):  # the next fork will say so
                self._loader.guests[loopback].guest.get_ahead()
