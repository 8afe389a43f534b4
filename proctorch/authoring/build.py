"""From authored days to generated files: made in a temporary folder, compared, and only then moved in place."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from proctorch.authoring.day import day_of, declared_checks
from proctorch.authoring.document import parse_document, read_text
from proctorch.authoring.lint import lint_course, lint_day, require_sound
from proctorch.authoring.notebook import notebook_text
from proctorch.authoring.release import course_config, generate_release, throwaway_gradebook
from proctorch.authoring.released_checks import released_checks_text
from proctorch.authoring.stub import GENERATED, stub_text
from proctorch.course import HINTS_FILE, Course
from proctorch.errors import CourseError
from proctorch.files import replace_file

Progress = Callable[[int, int, str], None]
# Returns the hints that go out with a day: its misconceptions' transcripts, made by running them.
Hints = Callable[[Course, str], str | None]
_LEFT_ALONE = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class BuildOutcome:
    """What a build did.

    `written` are the files that it made or changed; `stale` those that it would have, had it not been asked only to
    check. `stray` are files in generated folders that no authored day gives: to be deleted by a person.
    """

    written: tuple[Path, ...]
    stale: tuple[Path, ...]
    stray: tuple[Path, ...] = ()

    @property
    def current(self) -> bool:
        """True when every generated file is what the authored ones give, and nothing else lies there."""
        return not self.stale and not self.stray


def build_days(
    course: Course,
    names: Iterable[str] = (),
    *,
    check: bool = False,
    progress: Progress | None = None,
    database: str | None = None,
    hints: Hints | None = None,
) -> BuildOutcome:
    """Generate the stubs, sources and releases of the days `names` (of all days when there are none).

    With `check` nothing is written. `progress(done, total, label)` is called before each day and once at the end.
    `database` is the URL of a gradebook that learns about the days; without it the course's gradebook is not touched.
    `hints` makes the released hints; without it those that are there stay as they are.
    Nothing is written when an authored file is wrong: raises AuthoringError, or CourseError for several mistakes, for
    an unknown day, and for what cannot be written.
    """
    chosen = tuple(names)
    days = _chosen(course, chosen)
    require_sound(lint_course(course) if not chosen else [found for day in days for found in lint_day(course, day)])
    fresh = _generate(course, days, progress or _no_progress, None if check else database, hints or _hints_as_they_are)
    changed = tuple(path for path, content in fresh.items() if _content(path) != content)
    stray = _stray(course, days, fresh)
    if check:
        return BuildOutcome((), changed, stray)
    for path in changed:
        _replace(path, fresh[path])
    return BuildOutcome(changed, (), stray)


def _chosen(course: Course, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the days to build, each once, in order."""
    if not course.solutions.is_dir():
        raise CourseError(f"there is no folder {course.solutions}.\n  To mend it: make it and write a day into it.")
    days = tuple(dict.fromkeys(course.require_day(name) for name in names)) or course.days()
    if not days:
        raise CourseError(f"{course.solutions} holds no day.\n  To mend it: write one, for example day01_hello.py.")
    return days


def _hints_as_they_are(course: Course, day: str) -> str | None:
    present = _content(course.source / day / HINTS_FILE)
    return None if present is None else present.decode("utf-8", "replace")


def _generate(
    course: Course, days: tuple[str, ...], progress: Progress, database: str | None, hints: Hints
) -> dict[Path, bytes]:
    """Return the content of every generated file of `days`, by its place in the course."""
    config = course_config(course)
    fresh: dict[Path, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="proctorch-build-") as folder:
        staging = Course(Path(folder).resolve())
        gradebook = database or throwaway_gradebook(staging.root)
        for done, day in enumerate(days):
            progress(done, len(days), day)
            _write_source(course, day, staging, hints(course, day))
            generate_release(staging, day, gradebook, config)
        for kind in (staging.exercises, staging.source, staging.release):
            for path in sorted(path for path in kind.rglob("*") if path.is_file()):
                fresh[course.root / path.relative_to(staging.root)] = path.read_bytes()
    progress(len(days), len(days), "done")
    return fresh


def _write_source(course: Course, day: str, staging: Course, hints: str | None) -> None:
    """Write what comes from the authored files of one day into another course's folders."""
    document = parse_document(course.solution(day))
    spec = day_of(document, declared_checks(course, day))
    stub = stub_text(document)
    public = read_text(course.graders / day / "public.py")
    source = staging.source / day
    for path, text in {
        staging.exercises / f"{day}.py": stub,
        source / f"{day}.py": stub,
        source / f"{day}.ipynb": notebook_text(document),
        source / "checks.py": released_checks_text(spec, public),
        **({} if hints is None else {source / HINTS_FILE: hints}),
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _content(path: Path) -> bytes | None:
    """Return what a file holds now; None where there is no file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}).\n  To mend it: make it readable.") from error


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place as a whole; raises CourseError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        cure = "make the folder writable, or make room on the disk, then build again."
        raise CourseError(f"{path} cannot be written ({error.strerror}).\n  To mend it: {cure}") from error


def _stray(course: Course, days: tuple[str, ...], fresh: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """Return files that no day gives: beside the generated files of `days`, or generated for a day that is gone."""
    authored = set(course.days())
    stray = [path for path in course.exercises.glob("*.py") if path.stem not in authored and _is_generated(path)]
    for folder in (*course.source.glob("*/"), *course.release.glob("*/")):
        gone = folder.name not in authored and any(_is_generated(path) for path in folder.glob("*.py"))
        if gone or folder.name in days:
            stray.extend(path for path in folder.rglob("*") if _counts(path, folder) and path not in fresh)
    return tuple(sorted(stray))


def _counts(path: Path, folder: Path) -> bool:
    """Leave caches and hidden files alone."""
    parts = path.relative_to(folder).parts
    return path.is_file() and not _LEFT_ALONE & set(parts) and not parts[-1].startswith(".")


def _is_generated(path: Path) -> bool:
    """True for a file whose first line says that a build wrote it; other files in these folders are none of ours."""
    try:
        with path.open("rb") as stream:
            return stream.readline(200).startswith(GENERATED.encode())
    except OSError:
        return False


def _no_progress(done: int, total: int, label: str) -> None:
    """Tell nobody."""
