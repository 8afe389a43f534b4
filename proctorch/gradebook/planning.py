"""What has to be run, and what stands.

Submissions are read in windows, so that a hundred thousand of them neither delay the first result nor fill the memory.
Of each window the store tells what stands; of the rest the engine gets the exercises that do not, the long submissions
first, and equal code once.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace

from proctorch.errors import EngineError
from proctorch.gradebook.keys import ResultKeys, code_hash
from proctorch.gradebook.merging import Task, entries_from_run, entry_from_parts
from proctorch.gradebook.queries import Newest, Part
from proctorch.gradebook.records import Entry
from proctorch.gradebook.store import ResultsStore, day_of, proposed
from proctorch.gradebook.writer import ResultsWriter
from proctorch.model import Report, Submission

# The first window is small: the engine's processes start when it holds work. No window is large: they wait while one is
# looked up.
_FIRST_WINDOW = 8
WINDOW = 64


class Plan:
    """One run's plan: `tasks` wait for the engine, `running` are those that it has, `only` their exercises."""

    def __init__(
        self,
        submissions: Iterator[Submission],
        store: ResultsStore,
        keys: ResultKeys,
        writer: ResultsWriter,
        expected: Mapping[str, float],
        *,
        again: bool,
        proposing: bool,
    ) -> None:
        self._submissions, self._store, self._keys, self._writer = submissions, store, keys, writer
        self._expected, self._again, self._proposing = expected, again, proposing
        self._average = sum(expected.values()) / len(expected) if expected else 0.0
        self._sizes = itertools.chain([_FIRST_WINDOW], itertools.repeat(WINDOW))
        self._standing: deque[tuple[int, str]] = deque()
        self._by_code: dict[str, Task] = {}
        self._judged_now: set[str] = set()
        self.tasks: deque[Task] = deque()
        self.running: dict[str, Task] = {}
        self.only: dict[str, tuple[str, ...]] = {}

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The students whose submissions have no result."""
        return tuple(sorted(each.student for task in (*self.tasks, *self.running.values()) for each in task.everybody))

    def read_window(self) -> bool:
        """Take some submissions: note which stand, and make tasks of the others; False when none are left."""
        window = list(itertools.islice(self._submissions, next(self._sizes)))
        if not window:
            return False
        self._writer.flush()  # so that the store knows the equal code of earlier windows
        missing = self._without_standing(window)
        keys = {each.student: self._keys.exercise_keys(each) for each in missing}
        known = self._store.parts(
            {key for each in missing if self._may_take(each) for key in keys[each.student].values()}
        )
        fresh = [task for each in missing if (task := self._task(each, keys[each.student], known)) is not None]
        self.tasks.extend(sorted(fresh, key=self._length, reverse=True))
        return True

    def work(self) -> Iterator[Submission]:
        """Give the engine one submission after another; the next window is read when one is used up."""
        while self.tasks or self.read_window():
            while self.tasks:
                task = self.tasks.popleft()
                self.running[task.submission.student] = task
                if task.only:
                    self.only[task.submission.student] = task.only
                yield task.submission

    def finish(self, report: Report) -> None:
        """Have the engine's report saved, for everybody who handed in this code; raises EngineError."""
        task = self.running.pop(report.student, None)
        if task is None:
            raise EngineError(f"the engine gave a result for {report.student!r}, whom nobody asked about.")
        self.only.pop(report.student, None)
        code = code_hash(task.submission)
        del self._by_code[code]
        if report.judged:
            self._judged_now.add(code)
        for entry in entries_from_run(task, report, self._keys):
            self._save(entry)

    def done(self) -> Iterator[Report]:
        """Yield what stands, and what is new and on disk by now."""
        for number, entry in self._writer.saved():
            if isinstance(entry, str):
                self._standing.append((number, entry))
            else:
                yield self._shown(entry.report)
        while self._standing:
            chosen = [self._standing.popleft() for _ in range(min(len(self._standing), WINDOW))]
            found = self._store.numbered([number for number, _ in chosen])
            # A name that the database cannot hold comes back in other letters.
            yield from (replace(found[number], student=student) for number, student in chosen)

    def _without_standing(self, window: list[Submission]) -> list[Submission]:
        """Note the reports that stand; return the submissions that have none."""
        if self._again:
            return window
        students, day = [each.student for each in window], window[0].day
        kept = self._store.newest(day, students)
        offered = self._store.newest(proposed(day), students) if self._proposing else {}
        missing = []
        for each in window:
            newest = _newer(kept.get(each.student), offered.get(each.student))
            if newest is not None and newest.judged and newest.key == self._keys.key(each):
                self._standing.append((newest.number, each.student))
            else:
                missing.append(each)
        return missing

    def _may_take(self, submission: Submission) -> bool:
        """True where results of the same code may be taken from the store: in a fresh run, only that run's own."""
        return not self._again or code_hash(submission) in self._judged_now

    def _task(self, submission: Submission, keys: Mapping[str, str], known: Mapping[str, Part]) -> Task | None:
        """Return what to run for a submission; None where its result is there already, or will be another's."""
        code = code_hash(submission)
        parts = {name: known[key] for name, key in keys.items() if key in known} if self._may_take(submission) else {}
        if keys and len(parts) == len(keys):
            self._save(entry_from_parts(submission, parts, self._keys))
            return None
        if code in self._by_code:
            self._by_code[code].others.append(submission)
            return None
        task = Task(submission, keys, parts, self._to_run(parts) if parts else ())
        self._by_code[code] = task
        return task

    def _to_run(self, parts: Mapping[str, Part]) -> tuple[str, ...]:
        """Return the exercises that do not stand, and those whose verdicts decide whether these are run at all."""
        exercises = self._keys.exercises
        missing = [name for name in exercises if name not in parts]
        wanted = {*missing, *(below for name in missing for below in exercises[name].builds_on)}
        return tuple(name for name in exercises if name in wanted)

    def _length(self, task: Task) -> tuple[float, int]:
        """Return what orders tasks: the seconds of the time before, or else the average and the size of the code."""
        size = sum(len(cell.source) for cell in task.submission.cells if cell.kind == "code")
        return self._expected.get(task.submission.student, self._average), size

    def _save(self, entry: Entry) -> None:
        if self._proposing:
            entry = replace(entry, report=replace(entry.report, day=proposed(entry.report.day)))
        self._writer.put(entry)

    def _shown(self, report: Report) -> Report:
        return replace(report, day=day_of(report.day)) if self._proposing else report


def _newer(kept: Newest | None, offered: Newest | None) -> Newest | None:
    """Return the later one; a proposal from before a result was kept counts no more."""
    if kept is None or offered is None:
        return kept or offered
    return kept if kept.number > offered.number else offered
