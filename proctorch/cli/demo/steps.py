"""The way of a day, step by step, as instructor and students walk it: nbgrader's commands and our own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proctorch.cli.demo.classroom import Classroom, make_home
from proctorch.cli.demo.commands import NbGrader
from proctorch.cli.demo.students import Student
from proctorch.cli.demo.work import do_the_work
from proctorch.errors import EngineError
from proctorch.model import DaySpec, Report

Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Step:
    """One step: the command as one would type it, and what does it; `own_progress` where it shows its own."""

    title: str
    run: Callable[[Tell], None]
    own_progress: bool = False


@dataclass(frozen=True)
class Walk:
    """A class on its way through one day."""

    room: Classroom
    day: DaySpec
    students: Sequence[Student]
    nbgrader: NbGrader
    workers: int | None = None

    def steps(self) -> tuple[Step, ...]:
        """Return all steps in their order."""
        day, number = self.day.name, len(self.students)
        return (
            Step(f"proctorch build {day}", self._build),
            self._instructor("generate_assignment", "--force"),
            self._instructor("release_assignment"),
            Step(f"{number} × nbgrader fetch_assignment {day}", self._fetch),
            Step(f"{number} students work on it", self._work),
            Step(f"{number} × nbgrader submit {day}", self._submit),
            self._instructor("collect"),
            Step(f"proctorch grade {day}", self._judge, own_progress=True),
            Step("  ... and its marks in nbgrader's gradebook", self._write_marks),
            self._instructor("generate_feedback"),
            self._instructor("release_feedback"),
            Step(f"{number} × nbgrader fetch_feedback {day}", self._fetch_feedback),
            Step(f"proctorch export {day}", self._export),
        )

    def reports(self) -> dict[str, Report]:
        """Return what the results store holds, by student."""
        from proctorch.gradebook.config import database_url
        from proctorch.gradebook.store import ResultsStore

        with ResultsStore(database_url(self.room.course)) as store:
            return {report.student: report for report in store.reports(self.day.name)}

    def _instructor(self, command: str, *options: str) -> Step:
        """Return the step of one command in the course's folder."""

        def run(tell: Tell) -> None:
            self.nbgrader(self.room.course.root, command, self.day.name, *options)

        return Step(f"nbgrader {command} {self.day.name}", run)

    def _everybody(self, tell: Tell, act: Callable[[Student], None]) -> None:
        """Let every student do something, one after another."""
        for done, student in enumerate(self.students):
            tell(done, len(self.students), student.name)
            act(student)

    def _build(self, tell: Tell) -> None:
        from proctorch.authoring.build import build_days

        build_days(self.room.course, [self.day.name], progress=tell)

    def _fetch(self, tell: Tell) -> None:
        from proctorch.gradebook.config import course_id

        name = course_id(self.room.course)

        def fetch(student: Student) -> None:
            make_home(self.room, student.name, name)
            self.nbgrader(self.room.home(student.name), "fetch_assignment", self.day.name)

        self._everybody(tell, fetch)

    def _work(self, tell: Tell) -> None:
        self._everybody(
            tell, lambda student: do_the_work(student, self.room.home(student.name) / self.day.name, self.day)
        )

    def _submit(self, tell: Tell) -> None:
        # One user plays all twelve: --student is nbgrader's own way to hand in under another name.
        self._everybody(
            tell,
            lambda student: self.nbgrader(
                self.room.home(student.name), "submit", self.day.name, "--student", student.name
            ),
        )

    def _judge(self, tell: Tell) -> None:
        from proctorch.cli.grade import judge_students
        from proctorch.cli.levels import grading_level

        judge_students(
            self.room.course,
            self.day,
            self._submitters(),
            workers=self.workers,
            fresh=False,
            quiet=False,
            level=grading_level(),
        )

    def _write_marks(self, tell: Tell) -> None:
        from proctorch.gradebook.marks import autograde_day

        names = self._submitters()
        failed = autograde_day(self.room.course, self.day.name, names, tell).failed
        if failed:
            reasons = "\n".join(f"    {name}: {reason}" for name, reason in failed.items())
            raise EngineError(f"marks were not written for {len(failed)} of {len(names)}:\n{reasons}")

    def _submitters(self) -> list[str]:
        """Return the class as it was collected; raises CourseError where somebody is missing."""
        from proctorch.cli.grade import submitters

        return submitters(self.room.course, self.day.name, [student.name for student in self.students])

    def _fetch_feedback(self, tell: Tell) -> None:
        self._everybody(
            tell,
            lambda student: self.nbgrader(
                self.room.home(student.name), "fetch_feedback", self.day.name, "--student", student.name
            ),
        )

    def _export(self, tell: Tell) -> None:
        from proctorch.cli.export import day_marks
        from proctorch.gradebook.config import database_url
        from proctorch.gradebook.store import ResultsStore
        from proctorch.report.export import marks_csv, write_export

        with ResultsStore(database_url(self.room.course)) as store:
            spec, marks = day_marks(self.room.course, self.day.name, store)
        write_export(marks_csv(marks.rows, spec), self.room.marks)
