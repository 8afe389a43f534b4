"""Stands in for the engine: reads the cells' text instead of running them, and notes in `engine.log` what it did.

A cell with `BREAK THE ENGINE` makes it fail, one with `NOT JUDGED` gives a report without a mark. An exercise is right
when its cell holds the solution's text.
"""

from __future__ import annotations

from fractions import Fraction

from proctorch.errors import HostDied
from proctorch.grading.versions import grader_versions
from proctorch.model import CheckResult, ExerciseResult, Provenance, Report, Verdict

RIGHT = {"double": "2 * x", "negate": "-x\n"}


class EngineDouble:
    def __init__(self, course, day):
        self.log = course.root / "engine.log"
        self.day = day
        files = [course.graders / day.name / name for name in ("public.py", "hidden.py")]
        self.versions = grader_versions(files, [each.name for each in day.exercises])

    def __enter__(self):
        self._note("start")
        return self

    def __exit__(self, *_):
        self._note("stop")

    def grade(self, submissions, *, only=None):
        for submission in submissions:
            chosen = (only or {}).get(submission.student) or [each.name for each in self.day.exercises]
            self._note(f"grade {submission.student}")
            if any("BREAK THE ENGINE" in cell.source for cell in submission.cells):
                raise HostDied("the host ended")
            yield self._report(submission, chosen)

    def _note(self, line):
        with self.log.open("a") as stream:
            stream.write(line + "\n")

    def _report(self, submission, chosen):
        return Report(
            student=submission.student,
            day=submission.day,
            exercises=tuple(self._result(each, submission) for each in self.day.exercises if each.name in chosen),
            provenance=Provenance(
                "0", "3", "2", "2", "x", "y", 1, "cpu", "full", "s", submission.content_hash, self.versions, "now"
            ),
            notes=submission.notes,
            problem=submission.problem,
        )

    def _result(self, exercise, submission):
        source = "".join(cell.source + "\n" for cell in submission.cells if cell.exercise == exercise.name)
        right = RIGHT[exercise.name] in source
        verdict = Verdict.PASSED if right else Verdict.FAILED
        if "NOT JUDGED" in source:
            verdict = Verdict.NOT_JUDGED
        checks = []
        for public in (True, False):
            share = exercise.points / 3 * (2 if public else 1)
            points = share if right or ("half" in source and public) else Fraction(0)
            checks.append(
                CheckResult(
                    id=f"{exercise.name}::{'public' if public else 'hidden'}",
                    exercise=exercise.name,
                    public=public,
                    claim=f"{exercise.name} is right.",
                    verdict=verdict,
                    points=points,
                    max_points=share,
                    message="" if right else "It gave something else.",
                    detail="SECRET DETAIL" if not public else "",
                )
            )
        return ExerciseResult(exercise.name, exercise.title, exercise.points, tuple(checks))
