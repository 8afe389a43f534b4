"""The bench on which marks count: the submission runs in a guest, one fork of it for each exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from proctorch.errors import EngineError, GuestFailure
from proctorch.grading.bench import LastStudent, runnable, signatures_of
from proctorch.grading.checks import Check
from proctorch.grading.loading import excuses_for
from proctorch.grading.outcome import Outcome
from proctorch.grading.processes import Processes
from proctorch.grading.recall import Conversations, End, Recalled, Retold, Turn, hold, places
from proctorch.grading.seeds import derive
from proctorch.grading.student import Student
from proctorch.grading.transcript import Transcript
from proctorch.model import Cell, DaySpec, Verdict
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.limits import Limits
from proctorch.sandbox.transport import SocketTransport

# What asks for more than the submission's functions: files, and data that all of a process share.
PLACES = frozenset({"lab", "open_checkpoint", "read_file"})
PATIENCE = 2
# Of a hidden check a student reads which line raised, where it is one of so many of the exercise's own cell: the code
# chooses the line, and could say with it which input it was given.
MOST_LINES_TOLD = 128


@dataclass
class _Run:
    """One run of a check: what it hears is in `retold`, and `recalled` is what was known to follow from that."""

    name: str
    retold: Retold
    recalled: Recalled | None = None


class SandboxBench(LastStudent):
    """Runs one submission's checks in the sandbox.

    The cells are run once, each on its own budget of the host's clock; a cell that hangs or ends the process is left
    out and the rest are run again in a new guest, so that it spoils what it defines and nothing else. Each exercise has
    a process of its own, in which its checks run one after another. With `conversations` (`recall`) fewer processes do
    (`processes`), unless all are to be `apart`:

    - where none of the submission's functions keeps anything from one call to the next (`stateless`), the guest that
      has run the cells serves all checks whose conversations are known, also where they take a new turn;
    - where some keep nothing, one fork serves the checks of these until one of them takes a new turn; then that fork
      is its exercise's own, and others get another one.

    Either way nothing can be told of another exercise's inputs: all public checks have run before the first hidden one
    (`ExerciseRun`). `versions` are the hashes of the exercises' checks: with the secret they decide every check's
    inputs.
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
        self._all_lines = {cell.label: cell.source.count("\n") + 1 for cell in self._cells}
        self.devices = day.devices
        self._secret, self._versions, self._conversations = secret, versions, conversations
        self._signatures = signatures_of(day)
        self._processes = Processes(zygote, day, self._cells, limits, died=self._note_death)
        self._apart = apart
        self._deaths: Counter[str] = Counter()
        self._called: Student | None = None
        self._run: _Run | None = None

    def plan(self, visits: int) -> None:
        """Say how many times an exercise will be come to: processes are made ahead for that many."""
        self._processes.planned = visits

    def load(self) -> None:
        """Run the cells, if they have not been run; raises EngineError."""
        self._processes.load()

    def close(self) -> None:
        """End the guests."""
        self._processes.close()

    @property
    def failures(self) -> dict[str, GuestFailure]:
        """What went wrong with the cells, by their labels."""
        return self._processes.failures

    def forget(self) -> None:
        """Start a check of which nothing is known yet."""
        super().forget()
        self._run = None

    def told(self) -> Transcript:
        """Return what the last check asked and what came back."""
        recalled = self._run.recalled if self._run is not None else None
        return super().told() if recalled is None else recalled.told

    def printed(self) -> str:
        """Return what the student's code printed during the last check."""
        recalled = self._run.recalled if self._run is not None else None
        return super().printed() if recalled is None else recalled.printed

    def seed(self, check: Check, run: str) -> int:
        """Return the number from which the check's inputs are drawn."""
        return derive(self._secret, "inputs", run, self._versions[check.exercise])

    def recalls(self, check: Check, run: str) -> Outcome | None:
        """Hold a known conversation with the submission; return the outcome at its end, if it is one to the end."""
        self._processes.come_to(check.exercise, check.limits)
        self._processes.bury()
        outcome = self._recalls_in_common(check, run)
        if outcome is not None or self._run is not None:  # or the guest died of it, and the check will say so
            return outcome
        first, wire = None, None
        with suppress(GuestFailure, EngineError):  # where there is no process, the check will say so
            wire = self._processes.own(check.exercise, check.limits.loopback)
            first = self._first_turn(check, run)
        if first is None or wire is None:
            return None
        return self._hold(first, wire, check, run)

    def _recalls_in_common(self, check: Check, run: str) -> Outcome | None:
        """Hold a known conversation in the process of several exercises, where it may; return its outcome."""
        first = self._first_turn_in_common(check, run)
        if first is None:
            return None
        with suppress(GuestFailure, EngineError):
            wire = self._processes.common()
            outcome = self._hold(first, wire, check, run)
            if outcome is None:
                self._processes.stray(check.exercise, wire)
            return outcome
        return None

    def _hold(self, first: Turn, wire: SocketTransport, check: Check, run: str) -> Outcome | None:
        wire.begin(check.limits)
        spoken, recalled = hold(first, wire, self._lines(check))
        if recalled is not None and not self._stands_alone(recalled.outcome):
            recalled = None
        self._run = _Run(run, Retold(wire, spoken), recalled)
        return recalled.outcome if recalled is not None else None

    def _stands_alone(self, outcome: Outcome) -> bool:
        """Say whether an outcome tells nothing of cells: one that failed excuses what it should have defined."""
        return outcome.verdict is Verdict.PASSED or not self.failures

    def _first_turn(self, check: Check, run: str) -> Turn | None:
        """Return how a known conversation begins; None where none may be held: a function that hung has less time."""
        if self._conversations is None or self._deaths:
            return None
        return self._conversations.first(run, self._processes.loaded(check.limits.loopback).names)

    def _first_turn_in_common(self, check: Check, run: str) -> Turn | None:
        """Return how a known conversation begins where the functions that it asks keep nothing (`stateless`)."""
        if self._conversations is None or self._apart or check.limits.loopback or not self._processes.shares:
            return None
        with suppress(GuestFailure, EngineError):
            first = self._first_turn(check, run)
            asked = self._conversations.asked(run, self._processes.loaded(False).names)
            if asked is not None and asked <= self._processes.stateless:
                return first
        return None

    def keeps(self, check: Check, run: str, outcome: Outcome) -> bool:
        """Keep the last conversation; False where the check strayed from it: it must be run once more, afresh."""
        if self._conversations is None or self._run is None:
            return True
        retold, student = self._run.retold, self.last
        self._run = None
        if not retold.ended():
            self._conversations.give_up(run)
            self._processes.leave()
            return False
        loaded = self._processes.lives(check.limits.loopback)
        if student is None or loaded is None or self._deaths or retold.failed or self.failures:
            return True
        operations = tuple(event.operation for event in student._client.transcript)
        asked = None if PLACES & {*operations} else frozenset(student._asked)
        if asked is None and self._processes.own_is_guest:
            self._processes.leave()  # what it left there would be found by the next exercise
        end = End(outcome, operations, self.printed(), places(retold.spoken, self._lines(check)))
        self._conversations.keep(run, loaded.names, retold.spoken, end, asked)
        return True

    def student(self, check: Check, run: str) -> Student:
        """Return the submission in the exercise's own process; raises GuestFailure where it cannot be loaded."""
        self._processes.come_to(check.exercise, check.limits)
        excuses = excuses_for(self._day, self._cells, self.failures) if self.failures else {}
        loopback = check.limits.loopback
        if self._run is None or self._run.name != run:
            self._run = _Run(run, Retold(self._processes.own(check.exercise, loopback), []))
        student = Student(self._run.retold, self._signatures, excuses, self._processes.loaded(loopback).known)
        student._client.cells = self._lines(check)
        student._client.hurried = frozenset(name for name, deaths in self._deaths.items() if deaths >= PATIENCE)
        student._client.begin(check.limits, derive(self._secret, "guest", run, self._versions[check.exercise]))
        student._clean = self._open_cleanly
        self.last = self._called = student
        return student

    def _lines(self, check: Check) -> dict[str, int]:
        """Return the cells that a check's report may name a line of, and how many lines each has."""
        if check.public:
            return self._all_lines
        own = [cell.label for cell in self._cells if cell.exercise == check.exercise]
        return {label: self._all_lines[label] for label in own if self._all_lines[label] <= MOST_LINES_TOLD}

    def _open_cleanly(self, content: bytes) -> object:
        """Open a checkpoint in a new guest, which has run no student code, and end that guest; raises GuestFailure."""
        guest = self._zygote.guest(self._limits)
        try:
            return Student(guest.base)._client.request("open_checkpoint", content)
        finally:
            guest.kill()

    def _note_death(self) -> None:
        """Remember which function the guest was in when it ended."""
        if self._called is not None and self._called._client.last_call is not None:
            self._deaths[self._called._client.last_call.name] += 1
