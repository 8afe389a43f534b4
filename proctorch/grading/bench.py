"""Where a check runs: the bench gives it `student`, its generator's seed, and its limits.

The practice bench serves a student's own machine: the submission's names live in this very process, reached through the
same client and codec as in the sandbox, so that values are copied and a changed input is noticed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, Self

from proctorch.errors import GuestFailure
from proctorch.grading.checks import Check
from proctorch.grading.outcome import Outcome
from proctorch.grading.seeds import PRACTICE_SECRET, derive
from proctorch.grading.signature import Signature, parse_signature
from proctorch.grading.student import Student
from proctorch.grading.transcript import Transcript
from proctorch.model import Cell, DaySpec
from proctorch.sandbox.capture import Capture
from proctorch.sandbox.cells import new_namespace
from proctorch.sandbox.limits import DEFAULT_LIMITS
from proctorch.sandbox.server import GuestServer, no_host
from proctorch.sandbox.transport import Loopback


class Bench(Protocol):
    """What a check needs from where it runs, and what is known of the last one afterwards."""

    devices: int
    """How many CUDA devices the day's checks and the student's code find."""

    real_devices: bool
    """Whether they may be this machine's own: only where a student practises."""

    draws: bool
    """Whether a failed comparison of a public check is drawn: only where a student practises."""

    def forget(self) -> None:
        """Start a check of which nothing is known yet."""
        ...

    def told(self) -> Transcript:
        """Return what the last check asked and what came back."""
        ...

    def printed(self) -> str:
        """Return what the student's code printed during the last check."""
        ...

    def recalls(self, check: Check, run: str) -> Outcome | None:
        """Return what a run comes to where the guest answers as another one did; else `student` goes on from there."""
        ...

    def keeps(self, check: Check, run: str, outcome: Outcome) -> bool:
        """Keep how the last run went, if it may be recalled; False where it strayed, and must be run once more."""
        ...

    def student(self, check: Check, run: str) -> Student:
        """Return the submission, ready for one check; `run` tells the runs of a parametrised check apart."""
        ...

    def seed(self, check: Check, run: str) -> int:
        """Return the number from which the check's inputs are drawn."""
        ...


class LastStudent:
    """Keeps the submission as the last check saw it."""

    last: Student | None = None
    draws = False
    devices = 0
    real_devices = False

    def forget(self) -> None:
        """Start a check of which nothing is known yet."""
        self.last = None

    def recalls(self, check: Check, run: str) -> Outcome | None:
        """Recall nothing."""
        return None

    def keeps(self, check: Check, run: str, outcome: Outcome) -> bool:
        """Keep nothing."""
        return True

    def told(self) -> Transcript:
        """Return what the last check asked and what came back."""
        return tuple(self.last._client.transcript) if self.last is not None else ()

    def printed(self) -> str:
        """Return what the student's code printed during the last check."""
        return "".join(self.last._client.output) if self.last is not None else ""


def signatures_of(day: DaySpec) -> dict[str, Signature]:
    """Return the parsed signatures of all the day's exercises."""
    headers = [pair for exercise in day.exercises for pair in exercise.signatures.items()]
    return {name: parse_signature(header) for name, header in headers}


class TimedServer(GuestServer):
    """Serves a submission in this process, and measures how long its own code runs."""

    def __init__(self, namespace: dict[str, Any], capture: Capture) -> None:
        self.seconds, self._depth = 0.0, 0
        super().__init__(namespace, no_host, capture)

    def load(self, label: str, source: str) -> dict[str, Any] | None:
        """Run one cell."""
        with self._measured():
            return super().load(label, source)

    def call(self, *arguments: Any) -> tuple[Any, ...]:
        """Call an object of the submission."""
        with self._measured():
            return super().call(*arguments)

    def vjp(self, number: int, gradients: list[Any]) -> list[Any]:
        """Go back through a call's graph, which may hold backwards of the submission's own."""
        with self._measured():
            return super().vjp(number, gradients)

    @contextmanager
    def _measured(self) -> Iterator[None]:
        self._depth += 1
        start = time.perf_counter()
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:  # a function that the check handed in may call the submission again
                self.seconds += time.perf_counter() - start


class PracticeBench(LastStudent):
    """A student's own machine: one namespace, no bounds, inputs from a seed that can be chosen."""

    draws = True
    real_devices = True

    def __init__(self, day: DaySpec, namespace: dict[str, Any], seed: int = 0) -> None:
        self._day, self._seed, self.devices = day, seed, day.devices
        self._capture = Capture(DEFAULT_LIMITS.output)
        self._server = TimedServer(namespace, self._capture)
        self._excuses: dict[str, GuestFailure] = {}
        self.failures: dict[str, GuestFailure] = {}
        self._signatures = signatures_of(day)

    @classmethod
    def of_cells(cls, day: DaySpec, cells: Sequence[Cell], seed: int = 0) -> Self:
        """Return a bench that has run a submission's cells; one that raised is an excuse for its names."""
        from proctorch.grading.loading import excuses_for
        from proctorch.lab.gpu.choice import devices_for_checks

        bench = cls(day, new_namespace().__dict__, seed)
        loader = Student(Loopback(bench._server))._client
        with devices_for_checks(bench.devices, real=bench.real_devices):
            for cell in runnable(cells):
                failure = loader.load(cell.label, cell.source)
                if failure is not None:
                    bench.failures[cell.label] = failure
        bench._excuses = excuses_for(day, cells, bench.failures)
        return bench

    def student(self, check: Check, run: str) -> Student:
        """Return the namespace as `student`."""
        student = Student(Loopback(self._server), self._signatures, self._excuses)
        student._client.begin(check.limits, derive(self._secret, "guest", run, ""))
        self.last = student
        return student

    def seed(self, check: Check, run: str) -> int:
        """Return the number from which the check's inputs are drawn: another one for every `--seed`."""
        return derive(self._secret, "inputs", run, "")

    def reseed(self, seed: int) -> None:
        """Draw other inputs from now on."""
        self._seed = seed

    @property
    def chosen_seed(self) -> int:
        """The seed that was asked for."""
        return self._seed

    @property
    def seconds_in_submission(self) -> float:
        """How long the submission's own code has run, by the clock on the wall."""
        return self._server.seconds

    @property
    def repeats_release(self) -> bool:
        """Whether the inputs are those for which hints were released."""
        return self._seed == 0

    @property
    def _secret(self) -> bytes:
        return PRACTICE_SECRET + str(self._seed).encode()


def runnable(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells whose code is run: no prose, and no check calls."""
    return [cell for cell in cells if cell.kind == "code" and cell.check_of is None]
