"""The student who tries to read the hidden checks, and whether it came to anything.

They know more than any student could: where the course and the repository lie, and how the lines read that they look
for. Their answer looks in frames, in the garbage collector's objects, in the memory and the environment of every
process, in open files, in the modules, in the places where the files should be and in every folder that it can list. It
prints what it found and raises; so the instructor's record of the check says whether there was anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from proctorch.authoring.day import declared_checks
from proctorch.authoring.document import parse_document
from proctorch.authoring.regions import find_regions
from proctorch.course import Course
from proctorch.model import Report

EXERCISE = "tensor_passport"
FOUND_NOTHING = "looked everywhere and found nothing"

_ANSWER = r"""
import gc, os, re, sys

PLACES = {places}
# Patterns that do not match themselves: this text is in memory, too.
NEEDLES = [re.compile(pattern) for pattern in {patterns}]
NAMES = re.compile({names})


def search(where, data):
    if isinstance(data, str):
        data = data.encode("utf-8", "replace")
    return [f"{{where}}: {{needle.pattern}}" for needle in NEEDLES if needle.search(data)]


def in_frames():
    frame = sys._getframe()
    while frame is not None:
        code = frame.f_code
        yield from search(f"frame {{code.co_name}}", repr((code.co_filename, code.co_consts, list(frame.f_locals))))
        yield from search(f"globals of {{code.co_name}}", repr(list(frame.f_globals.values()))[:1_000_000])
        frame = frame.f_back


def in_objects():
    for thing in gc.get_objects():
        for text in (getattr(thing, "__doc__", None), getattr(thing, "__name__", None)):
            if isinstance(text, str):
                yield from search("an object", text)
    for name, module in list(sys.modules.items()):
        if NAMES.search(name) or NAMES.search(str(getattr(module, "__file__", ""))):
            yield f"module {{name}}"


def in_memory(process):
    with open(f"/proc/{{process}}/maps") as maps, open(f"/proc/{{process}}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *rest = line.split()
            if not rights.startswith("rw") or len(rest) > 3 and rest[3].startswith("/"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(start)
                yield from search(f"memory of {{process}}", memory.read(min(end - start, 1 << 28)))
            except (OSError, OverflowError, ValueError):
                pass


def in_processes():
    yield from search("environment", repr(dict(os.environ)))
    for process in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline"):
            try:
                with open(f"/proc/{{process}}/{{name}}", "rb") as stream:
                    data = stream.read(1 << 20)
                yield from search(f"/proc/{{process}}/{{name}}", data)
                if NAMES.search(data.decode("utf-8", "replace")):
                    yield f"/proc/{{process}}/{{name}}: {{data[:200]}}"
            except OSError:
                pass
        try:
            for number in os.listdir(f"/proc/{{process}}/fd"):
                target = os.readlink(f"/proc/{{process}}/fd/{{number}}")
                if NAMES.search(target):
                    yield f"open file {{target}}"
        except OSError:
            pass
        try:
            yield from in_memory(process)
        except OSError:
            pass


def in_files():
    for place in PLACES:
        for path in (place, f"/proc/self/root{{place}}", f"/proc/1/root{{place}}"):
            try:
                if os.path.isdir(path):
                    yield from (f"{{path}}/{{name}}" for name in os.listdir(path))
                else:
                    with open(path, "rb") as stream:
                        yield f"{{path}}: {{stream.read(200)}}"
            except OSError:
                pass
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
        if folder.endswith("-packages"):  # tens of thousands of files that everybody may read
            folders[:] = [name for name in folders if "proctorch" in name]
        yield from (f"{{folder}}/{{name}}" for name in (*folders, *names) if NAMES.fullmatch(name))


FOUND = []


def passport(x):
    if not FOUND:
        for look in (in_frames, in_objects, in_processes, in_files):
            try:
                FOUND.extend(look())
            except Exception as error:
                print(f"{{look.__name__}} ended with {{error!r}}")
        FOUND.append("the end")
    print(FOUND)
    told = "found " + "; ".join(FOUND[:-1]) if len(FOUND) > 1 else "{nothing}"
    raise RuntimeError(told)


def planned_passport(shape, dtype, device):
    return passport(None)
"""


def spying_answer(course: Course, origin: Course, day: str) -> str:
    """Return the spy's answer to the exercise."""
    names = [re.escape(name) for name in ("hidden.py", "misconceptions.py", "alternatives.py", "gradebook.db")]
    return _ANSWER.format(
        places=repr([str(path) for root in (course.root, origin.root) for path in _places(Course(root), day)]),
        patterns=repr([_not_itself(text).encode() for text in secrets_of(course, day)]),
        names=repr("|".join([*names, "graders", "solutions", r"nbgrader_config\.py"])),
        nothing=FOUND_NOTHING,
    )


def secrets_of(course: Course, day: str) -> tuple[str, ...]:
    """Return texts that no guest may hold: the claim of a hidden check, a line of the solution, the course secret."""
    checks = declared_checks(course, day)
    claim = next(check.claim for check in checks if check.exercise == EXERCISE and not check.public)
    document = parse_document(course.solution(day))
    cell = next(cell for cell in document.exercises if cell.exercise == EXERCISE)
    lines = cell.source.split("\n")
    regions = find_regions(lines, document.path, cell.line)
    solution = max((line.strip() for region in regions for line in lines[region.begin + 1 : region.end]), key=len)
    return claim, solution, course.secret().hex()


def trouble_with(report: Report, secrets: Sequence[str]) -> str:
    """Return what the spy found, or why that is not known; an empty string where they found nothing."""
    checks = [check for result in report.exercises if result.exercise == EXERCISE for check in result.checks]
    for check in checks:
        told = "\n".join([check.message, check.detail, check.output])
        if any(secret in told for secret in secrets) or not check.detail.rstrip().endswith(f": {FOUND_NOTHING}"):
            return f"{check.id}: {check.detail or check.message}"
    return "" if checks else f"there is no record of {EXERCISE}"


def _places(course: Course, day: str) -> Iterable[Path]:
    return (
        course.graders,
        course.graders / day / "hidden.py",
        course.solutions,
        course.solution(day),
        course.state / "secret",
        course.root / "gradebook.db",
        course.submitted,
    )


def _not_itself(text: str) -> str:
    """Return a pattern for a text that does not match the pattern's own text."""
    return re.escape(text[:-1]) + f"[{re.escape(text[-1])}]"
