"""A whole day through nbgrader's own converters, one student at a time: gradebook rows, notebooks, feedback pages.

A submission that cannot be converted stops none of the others, and what was there for its student before stays.
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from proctorch.course import Course
from proctorch.gradebook.conversion import DayOutcome, Progress, course_directory
from proctorch.sandbox.level import Level


def submitted_students(course: Course, day: str) -> tuple[str, ...]:
    """Return who handed something in for a day, by name of their folder."""
    if not course.submitted.is_dir():
        return ()
    return tuple(sorted(folder.name for folder in course.submitted.iterdir() if (folder / day).is_dir()))


def autograde_day(
    course: Course,
    day: str,
    students: Sequence[str] | None = None,
    progress: Progress | None = None,
    level: Level | None = None,
) -> DayOutcome:
    """Write nbgrader's gradebook rows and autograded notebooks of a day, as `nbgrader autograde DAY --force` would.

    Marks come from the results store, and from the engine where the store has none. `progress` is called with how many
    are finished, how many there are, and the student. Raises CourseError where nbgrader does not know the day or an
    authored file is wrong, GraderBroken, StoreUnavailable, SandboxUnavailable; what concerns one student is in the
    outcome.
    """
    from proctorch.gradebook.writing import MarksWriter

    chosen = list(submitted_students(course, day) if students is None else students)
    finished = 0

    def tell(written: Sequence[str]) -> None:
        nonlocal finished
        for student in written:
            finished += 1
            if progress is not None:
                progress(finished, len(chosen), student)

    with MarksWriter(course, day, tell, level) as writer:
        writer.grade(chosen)
    return writer.outcome()


def feedback_day(
    course: Course,
    day: str,
    students: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    workers: int = 1,
) -> DayOutcome:
    """Write the feedback pages of a day, as `nbgrader generate_feedback DAY --force` would; see `autograde_day`.

    `workers` is the most processes that are used; a small class needs none.
    """
    from proctorch.gradebook.page_workers import write_pages

    chosen = autograded_students(course, day) if students is None else students
    failed: dict[str, str] = {}
    done: list[str] = []
    for count, (student, why) in enumerate(write_pages(course, day, chosen, workers), start=1):
        if why is None:
            done.append(student)
        else:
            failed[student] = why
        if progress is not None:
            progress(count, len(chosen), student)
    return DayOutcome(tuple(sorted(done)), failed)


def autograded_students(course: Course, day: str) -> tuple[str, ...]:
    """Return who has an autograded folder of a day, by name."""
    coursedir = course_directory(course, day)
    pattern = str(coursedir.format_path(coursedir.autograded_directory, "*", day))
    return tuple(sorted(Path(each).parent.name for each in glob.glob(pattern)))
