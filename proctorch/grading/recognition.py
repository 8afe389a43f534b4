"""Which cell of a submission answers which exercise, and what to tell the student where that is not plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from proctorch.grading.shell_lines import plain_python
from proctorch.grading.top_level import TopLevel, called_checks, top_level
from proctorch.model import Cell, DaySpec, ExerciseSpec, Problem, Verdict


@dataclass(frozen=True)
class RawCell:
    """One cell as it stood in the file; `place` is "cell 4" or "the cell at line 40", `grade_id` nbgrader's name.

    `trouble` says why its source cannot be used (then the source is empty).
    """

    kind: Literal["code", "markdown", "raw"]
    source: str
    place: str
    cell_id: str = ""
    grade_id: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Reading:
    """What one file says: its cells or its problem; `answers` is the text of every exercise that was worked on."""

    cells: tuple[Cell, ...] = ()
    problem: Problem | None = None
    problems: Mapping[str, Problem] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Candidate:
    """A cell with what is known about it: the exercise that it claims to answer or to check, and its names."""

    raw: RawCell
    names: TopLevel
    exercise: str | None = None
    check_of: str | None = None


@dataclass
class _Choice:
    """What was decided so far: the cell of each exercise, the cells to leave out, and what to say."""

    cell_of: dict[str, int] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)
    problems: dict[str, Problem] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def squeezed(source: str) -> str:
    """Return `source` without any blanks: two cells that agree in this are the same cell."""
    return "".join(source.split())


def recognise(raw_cells: Sequence[RawCell], day: DaySpec, file_name: str, notes: Sequence[str] = ()) -> Reading:
    """Return the cells with their exercises: by nbgrader's name, else by cell id, else by the names they define."""
    choice = _Choice(notes=list(notes))
    candidates = [_candidate(cell, day, choice.notes) for cell in raw_cells]
    for exercise in day.exercises:
        _choose(exercise, candidates, choice, file_name)
    exercise_of = {number: name for name, number in choice.cell_of.items()}
    cells = [
        _finished(candidate, exercise_of.get(number))
        for number, candidate in enumerate(candidates)
        if number not in choice.left_out and not candidate.raw.trouble
    ]
    return Reading(
        cells=tuple(cells),
        problems=choice.problems,
        notes=tuple(dict.fromkeys(choice.notes)),
        answers=choice.answers,
    )


def _candidate(raw: RawCell, day: DaySpec, notes: list[str]) -> _Candidate:
    """Look at one cell: neutralise Jupyter's extras and find what it claims to be."""
    exercise, check_of = _claim(raw, day)
    if exercise and raw.kind != "code" and not raw.trouble:
        notes.append(f"{raw.place} ({exercise}) was turned into a {raw.kind} cell; it was graded as code.")
        raw = replace(raw, kind="code")
    if raw.kind != "code" or raw.trouble:
        return _Candidate(raw, TopLevel(), exercise, check_of)
    calls = called_checks(raw.source)
    if check_of is not None:
        if calls != (check_of,):
            notes.append(f"{raw.place}, the check cell of {check_of}, was changed; the original one was used instead.")
        return _Candidate(raw, TopLevel(), None, check_of)
    if calls and exercise is None:
        return _Candidate(raw, TopLevel(), None, calls[0])
    source, left_out = plain_python(raw.source)
    label = f"{raw.place} ({exercise})" if exercise else raw.place
    notes.extend(f"{label}: {sentence}." for sentence in left_out)
    return _Candidate(replace(raw, source=source), top_level(source), exercise)


def _claim(raw: RawCell, day: DaySpec) -> tuple[str | None, str | None]:
    """Return the exercise that a cell says it answers, or the one that it says it checks, or neither."""
    for exercise in day.exercises:
        if raw.grade_id == exercise.name:
            return exercise.name, None
        if raw.grade_id == f"{exercise.name}_check":
            return None, exercise.name
    for exercise in day.exercises:
        if raw.cell_id == exercise.name:
            return exercise.name, None
        if raw.cell_id == f"{exercise.name}-check":
            return None, exercise.name
    return None, None


def _choose(exercise: ExerciseSpec, candidates: Sequence[_Candidate], choice: _Choice, file_name: str) -> None:
    """Decide which cell answers one exercise."""
    stub = squeezed(exercise.stub)
    wanted = frozenset(exercise.defines)
    claimed = [number for number, one in enumerate(candidates) if one.exercise == exercise.name]
    usable = [number for number in claimed if not candidates[number].raw.trouble]
    untouched = [number for number in usable if squeezed(candidates[number].raw.source) in (stub, "")]
    changed = [number for number in usable if number not in untouched]
    elsewhere = [
        number
        for number, one in enumerate(candidates)
        if one.exercise != exercise.name and one.check_of is None and wanted & one.names.names
    ]
    copies = [number for number in elsewhere if squeezed(candidates[number].raw.source) == stub]
    made = [number for number in elsewhere if number not in copies and wanted & candidates[number].names.made]
    if changed:
        _take_changed(exercise, changed, untouched + copies, candidates, choice)
    elif made:
        _take_elsewhere(exercise, made, untouched + copies, candidates, choice)
    elif untouched or copies:
        *spare, last = sorted(untouched + copies)
        choice.cell_of[exercise.name] = last
        choice.left_out.update(spare)
    elif claimed:
        trouble = candidates[claimed[-1]].raw.trouble
        choice.problems[exercise.name] = Problem(Verdict.UNREADABLE, trouble)
    elif not elsewhere:
        choice.problems[exercise.name] = _missing(exercise, file_name)


def _take_changed(
    exercise: ExerciseSpec, changed: list[int], stubs: list[int], candidates: Sequence[_Candidate], choice: _Choice
) -> None:
    """Take the last changed cell, as Jupyter would leave it; copies of the stub are left out."""
    last = changed[-1]
    texts = {squeezed(candidates[number].raw.source) for number in changed}
    choice.cell_of[exercise.name] = last
    choice.left_out.update(stubs)
    choice.answers[exercise.name] = squeezed(candidates[last].raw.source)
    if len(texts) > 1:
        places = ", ".join(candidates[number].raw.place for number in changed[:5])
        choice.notes.append(
            f"{exercise.name} is answered more than once ({places}): the last, {candidates[last].raw.place}, counts."
        )


def _take_elsewhere(
    exercise: ExerciseSpec, made: list[int], stubs: list[int], candidates: Sequence[_Candidate], choice: _Choice
) -> None:
    """Take an answer from a cell without the exercise's mark; the stub goes where it would undo that answer."""
    last = made[-1]
    taken = set(choice.cell_of.values())
    # Two answers in one cell: the cell bears the name of the first, and both are found when it has run.
    if last not in taken and candidates[last].exercise is None:
        choice.cell_of[exercise.name] = last
    choice.answers[exercise.name] = "".join(squeezed(candidates[number].raw.source) for number in made)
    names = frozenset().union(*(candidates[number].names.made for number in made))
    if stubs and names >= frozenset(exercise.defines):
        choice.left_out.update(stubs)
        choice.notes.append(
            f"{exercise.name}: your answer was found in {candidates[last].raw.place}; "
            f"the untouched one in {candidates[stubs[-1]].raw.place} was left out."
        )


def _missing(exercise: ExerciseSpec, file_name: str) -> Problem:
    name = exercise.defines[0] if exercise.defines else exercise.name
    return Problem(
        Verdict.MISSING,
        f"The cell of {exercise.name} is not in {file_name}, and no other cell defines {name}. To mend it: copy the "
        f"cell of {exercise.name} from the released file back into yours, fill it in, and hand it in again.",
    )


def _finished(candidate: _Candidate, exercise: str | None) -> Cell:
    raw = candidate.raw
    label = f"{raw.place} ({exercise})" if exercise else raw.place
    return Cell(raw.kind, raw.source, label, raw.cell_id, exercise, candidate.check_of)
