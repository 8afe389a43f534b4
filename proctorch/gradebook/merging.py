"""Putting a report together: exercises that were run now, exercises that stand, and what is the student's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from proctorch.gradebook.keys import ResultKeys
from proctorch.gradebook.queries import Part
from proctorch.gradebook.records import Basis, Entry
from proctorch.model import ExerciseResult, Provenance, Report, Submission


@dataclass
class Task:
    """One submission to run: `parts` are the exercises that stand; `others` handed in the same code."""

    submission: Submission
    exercise_keys: Mapping[str, str]
    parts: Mapping[str, Part] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    others: list[Submission] = field(default_factory=list)

    @property
    def everybody(self) -> tuple[Submission, ...]:
        """All whose result this is."""
        return (self.submission, *self.others)


@dataclass(frozen=True)
class _Run:
    """What the engine found: its results, what decided them, and its notes without the submission's own."""

    report: Report
    results: Mapping[str, ExerciseResult] = field(default_factory=dict)
    bases: Mapping[str, Basis] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def entries_from_run(task: Task, report: Report, keys: ResultKeys) -> list[Entry]:
    """Return what to save for everybody whose code was run: the run's exercises, and those that stand."""
    fresh = {result.exercise: result for result in report.exercises if not task.only or result.exercise in task.only}
    notes = tuple(note for note in report.notes if note not in task.submission.notes)
    when = report.provenance.graded_at
    bases = {
        name: Basis(task.exercise_keys[name], keys.facts(task.submission, name), when, None, notes)
        for name, result in fresh.items()
        if name in task.exercise_keys and result.judged and _same_checks(report.provenance, keys, name)
    }
    parts = {name: part for name, part in task.parts.items() if name not in fresh}
    run = _Run(report, fresh, bases, notes)
    return [_entry(each, run, parts, keys) for each in task.everybody]


def entry_from_parts(submission: Submission, parts: Mapping[str, Part], keys: ResultKeys) -> Entry:
    """Return what to save for a submission all of whose exercises stand already."""
    newest = max(parts.values(), key=lambda part: part.basis.graded_at)
    return _entry(submission, _Run(Report(submission.student, submission.day, (), newest.provenance)), parts, keys)


def _same_checks(provenance: Provenance, keys: ResultKeys, exercise: str) -> bool:
    """False where the engine ran other checks than those of the key: somebody saved a grader file meanwhile."""
    return provenance.graders.get(exercise) in (None, keys.exercises[exercise].checks)


def _entry(submission: Submission, run: _Run, parts: Mapping[str, Part], keys: ResultKeys) -> Entry:
    """Return one student's report; of what others handed in it takes the results and nothing that they were told."""
    results = {**{name: part.result for name, part in parts.items()}, **run.results}
    order = sorted(results, key=[*keys.exercises, *results].index)
    kept = {name: part.basis for name, part in parts.items()}
    notes = (*submission.notes, *run.notes, *(note for basis in kept.values() for note in basis.notes))
    whole = replace(
        run.report,
        student=submission.student,
        day=submission.day,
        exercises=tuple(results[name] for name in order),
        provenance=_provenance(run.report.provenance, kept),
        notes=tuple(dict.fromkeys(notes)),
        problem=submission.problem,
        seconds=run.report.seconds + sum(check.seconds for part in parts.values() for check in part.result.checks),
    )
    stands = whole.judged and keys.exercises.keys() <= run.bases.keys() | kept.keys()
    return Entry(whole, keys.key(submission) if stands else "", {**kept, **run.bases})


def _provenance(provenance: Provenance, kept: Mapping[str, Basis]) -> Provenance:
    """Return a run's provenance with what is true of the exercises that were judged in another."""
    earlier = {name: basis.graded_at for name, basis in kept.items() if basis.graded_at != provenance.graded_at}
    graders = {**provenance.graders, **{name: basis.facts["checks"] for name, basis in kept.items()}}
    return replace(provenance, graders=graders, kept_from=earlier)
