"""Whatever a student writes is text everywhere: on pages, in terminals, in logs, in spreadsheets, in drafts of graders.

One small class is graded by the real commands. In it are students whose folders are called by nasty strings, and
students whose work carries them wherever a submission has words; then every output is read as its reader reads it.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from proctorch.authoring.build import build_days
from proctorch.course import Course

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SMALL_COURSE = Path(__file__).parents[1] / "unit" / "gradebook" / "small_course"
DAY = "day01_small"

NASTY = (
    "<script>EVIL()</script>",
    "<img src=x onerror=EVIL()>",
    '\'" onmouseover=EVIL() x="',
    "<!-- EVIL --><svg onload=EVIL()><style>*{display:none}</style>",
    "[EVIL](javascript:EVIL()) ![EVIL](http:EVIL)",
    "$\\href{javascript:EVIL()}{EVIL}$ </pre></details></div>",
    "[bold red on white]EVIL[/] [link=http:EVIL]x[/link] [/bold] :boom:",
    "\x1b[2J\x1b[31;7mEVIL\x1b]0;EVIL\x07\x1b]8;;http:EVIL\x1b\\EVIL\x1bP1;EVIL\x1b\\",
    "\x9b2JEVIL\x9d0;EVIL\x9c\x84\x85",
    "\u202eEVIL\u202c\u2066\u061c\U000e0045 LIVE",
    "EVIL\r100/100\x08\x08\x7f\x0b\x0c",
    "EVIL\nada  7/7\n[GradeApp | INFO] EVIL\u2028EVIL\u2029EVIL",
    "=HYPERLINK(EVIL)",
    "@SUM(EVIL);=EVIL|'cmd'!A0",
    "\t+EVIL",
    "-EVIL %s %(name)s {0} {student} ${HOME} `EVIL`",
    '""")\nimport os  # EVIL\n@misconception("double", "EVIL", hint="EVIL")',
)
# What may stand in a terminal's output beside text: the colours and cursor moves of rich, which no nasty string holds.
OWN_ESCAPES = re.compile(r"\x1b\[(?:\?25[hl]|[012]?K|1?A|(?!31;7m)[\d;]*m)|\x1b\[\?2026[hl]|\r")
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\U000e0000-\U000e007f]")


@dataclass(frozen=True)
class Said:
    """What a command wrote."""

    out: str
    err: str
    code: int


@dataclass(frozen=True)
class Room:
    """The class, after grading."""

    course: Course
    graded: Said

    def run(self, program: str, *arguments: str, folder: Path | None = None) -> Said:
        """Run a command as an operator does."""
        return run(folder or self.course.root, program, *arguments)


def run(folder: Path, program: str, *arguments: str) -> Said:
    command = [str(Path(sys.executable).parent / program), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, timeout=300, check=False)
    return Said(done.stdout.decode("utf-8"), done.stderr.decode("utf-8"), done.returncode)


def environment() -> dict[str, str]:
    own = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    root = tmp_path_factory.mktemp("text") / "course"
    shutil.copytree(SMALL_COURSE, root, ignore=shutil.ignore_patterns("__pycache__"))
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().split("sys.path.insert")[0])  # the real engine, not the double
    course = Course(root.resolve())
    build_days(course, [DAY], database=f"sqlite:///{root / 'gradebook.db'}")
    for number, text in enumerate(NASTY):
        hand_in(course, f"words{number:02}", text)
        if len(name := text.replace("/", "\u2215")) < 250:
            honest(course, name)
    honest(course, os.fsdecode(b"\xff\xfe EVIL"))
    return Room(course, run(course.root, "proctorch", "grade", DAY, "--json", "report.json"))


def honest(course: Course, name: str) -> None:
    """Hand in right answers under a nasty name."""
    folder = course.submitted / name / DAY
    folder.mkdir(parents=True)
    (folder / f"{DAY}.py").write_text("def double(x):\n    return 2 * x\n\ndef negate(x):\n    return -x\n")


def hand_in(course: Course, student: str, text: str) -> None:
    """Hand in a notebook that holds a nasty string wherever there is a place for one."""
    folder = course.submitted / student / DAY
    shutil.copytree(course.release / DAY, folder)
    (folder / text.replace("/", "\u2215")).write_text(text, encoding="utf-8", newline="")
    path = folder / f"{DAY}.ipynb"
    notebook = json.loads(path.read_text())
    comment = " ".join(text.split("\n"))
    answers = {
        "double": f"def double(x):\n    print({text!r})\n    return 3  # {comment}\n",
        "negate": f"E = type({text!r}, (Exception,), {{}})\ndef negate(x):\n    raise E({text!r})\n",
    }
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
        elif cell["cell_type"] == "markdown":
            cell["source"] = text
        cell["metadata"]["tags"] = cell["metadata"]["name"] = text
    for kind in ("markdown", "raw", "code"):
        own: dict[str, Any] = {"cell_type": kind, "id": text, "metadata": {"nbgrader": {"grade_id": text}}}
        own["metadata"]["raw_mimetype"] = "text/html"
        own["source"] = f"# {comment}" if kind == "code" else text
        if kind == "code":
            html = {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}
            own |= {"outputs": [html], "execution_count": None}
        notebook["cells"].append(own)
    notebook["metadata"] |= {"title": text, "authors": [{"name": text}], "kernelspec": {"name": text, "language": text}}
    path.write_text(json.dumps(notebook))


def assert_plain(*texts: str) -> None:
    """Fail where a terminal would do something, or where markup was obeyed."""
    for text in texts:
        found = ACTIVE.search(text)
        assert found is None, repr(text[max(0, found.start() - 60) : found.end() + 60])


def assert_one_record_a_line(log: str) -> None:
    """Fail where a line looks like a record of nbgrader's that a student has made up."""
    assert [line for line in log.splitlines() if re.match(r"\[GradeApp|ada  7/7|100/100", line)] == []


def test_grading_says_names_and_nothing_else(room: Room) -> None:
    assert_plain(room.graded.out, room.graded.err)
    assert_one_record_a_line(room.graded.out + room.graded.err)
    assert "[bold red on white]EVIL[\u2215]" in room.graded.out, "markup of rich is shown as it is"
    again = room.run("proctorch", "grade", DAY, "--student", NASTY[7])
    assert_plain(again.out, again.err)
    unknown = room.run("proctorch", "grade", DAY, "--student", "nobody")
    assert unknown.code == 2
    assert_plain(unknown.err)
    assert_one_record_a_line(unknown.err)


def test_json_is_inert_and_true(room: Room) -> None:
    text = (room.course.root / "report.json").read_text(encoding="utf-8")
    assert_plain(text)
    names = {student["student"] for student in json.loads(text)["students"]}
    assert {text.replace("/", "\u2215") for text in NASTY} <= names


def test_a_terminal_gets_no_escapes_but_ours(room: Room) -> None:
    names = ("--student", NASTY[7], "--student", NASTY[8], "--student", NASTY[11])
    shown = on_a_terminal(room.course.root, "proctorch", "grade", DAY, "--fresh", *names)
    assert shown.count("EVIL") >= 3
    assert_plain(OWN_ESCAPES.sub("", shown))


def on_a_terminal(folder: Path, program: str, *arguments: str) -> str:
    """Run a command on a terminal of its own and return all that it wrote there."""
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).parent / program), *arguments]
    settings = {name: value for name, value in environment().items() if name != "NO_COLOR"} | {"TERM": "xterm-256color"}
    process = subprocess.Popen(command, cwd=folder, env=settings, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b"".join(_read(ours))
    os.close(ours)
    process.wait(timeout=60)
    return shown.decode("utf-8")


def _read(terminal: int) -> Iterator[bytes]:
    """Yield until the other end is closed, which Linux tells by an error."""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            return
        if not data:
            return
        yield data


def pages(room: Room) -> dict[str, str]:
    found = room.course.root.glob(f"feedback/*/{DAY}/{DAY}.html")
    return {path.parts[-3]: path.read_text(encoding="utf-8") for path in found}


@pytest.mark.parametrize("program", ["nbgrader", "proctorch"])
def test_pages_hold_no_element_of_a_student(room: Room, program: str) -> None:
    shutil.rmtree(room.course.root / "feedback", ignore_errors=True)
    command = ("nbgrader", "generate_feedback", DAY) if program == "nbgrader" else ("proctorch", "feedback", DAY)
    students = [word for number in range(len(NASTY)) for word in ("--student", f"words{number:02}")]
    for extra in [students[at : at + 2] for at in (14, 16, 22)] if program == "nbgrader" else [students]:
        said = room.run(*command, *extra)
        assert_plain(re.sub(r"\x1b\[[\d;]*m|\x1b\(B", "", said.out + said.err))
        assert_one_record_a_line(said.out + said.err)
    made = pages(room)
    assert len(made) == (3 if program == "nbgrader" else len(NASTY))
    for name, page in made.items():
        assert_inert(page, name)


def assert_inert(page: str, name: str) -> None:
    """Fail where an element, an attribute or a script of a page came from a student."""
    soup = BeautifulSoup(page, "html.parser")
    for tag in soup.find_all(True):
        assert tag.name not in {"svg", "iframe", "object", "embed", "form", "base"}, (name, tag)
        assert tag.name not in {"script", "style"} or "EVIL" not in tag.get_text(), (name, tag)
        for attribute, value in tag.attrs.items():
            assert not attribute.startswith("on"), (name, tag)
            loads = attribute in ("src", "href", "action", "srcset", "style")
            assert not (loads and re.search("javascript:|http:EVIL", str(value))), (name, tag)
    assert "EVIL" in soup.get_text(), name


def test_the_formgraders_page_is_inert(room: Room) -> None:
    from nbconvert.exporters import HTMLExporter
    from proctorch.gradebook.config import load_config

    exporter = HTMLExporter(config=load_config(room.course))
    for number in range(len(NASTY)):
        page, _ = exporter.from_filename(str(room.course.root / f"autograded/words{number:02}/{DAY}/{DAY}.ipynb"))
        ours = BeautifulSoup(page, "html.parser").find("main")
        assert ours is not None
        assert_inert(str(ours), f"words{number:02}")


def test_spreadsheets_see_text(room: Room) -> None:
    said = room.run("proctorch", "export", DAY)
    assert_plain(said.out.replace("\r\n", "\n"), said.err)
    rows = list(csv.reader(io.StringIO(said.out)))
    assert {len(row) for row in rows} == {len(rows[0])}
    for row in rows[1:]:
        for cell in [part for text in row for part in re.split(r"[;|\t]", text)]:
            assert re.match(r"\s*[=+\-@\t\r]", cell) is None or re.fullmatch(r"-?[\d.]+", cell), row
    assert_plain(room.run("proctorch", "export", DAY, "--format", "json").out)
    written = room.run("proctorch", "export", DAY, "--format", "json", "--output", "marks.json")
    assert written.code == 3, "nobody can be graded under a name that is no text, and that is said"
    assert any(
        "\udcff" in row["student"] for row in json.loads((room.course.root / "marks.json").read_text())["students"]
    )


def test_drafts_hold_definitions_and_nothing_else(room: Room) -> None:
    shown = room.run("proctorch", "clusters", DAY)
    assert_plain(shown.out, shown.err)
    assert "EVIL" in shown.out
    found = json.loads(room.run("proctorch", "clusters", DAY, "--json", "-").out)["clusters"]
    for number in range(1, len(found) + 1):
        draft = room.run("proctorch", "clusters", DAY, "--draft", str(number)).out
        assert_plain(draft)
        for node in ast.parse(draft).body:
            assert isinstance(node, ast.FunctionDef | ast.ClassDef), draft
            assert node.name in ("double", "negate")


def test_a_preview_of_other_marks_names_students_on_one_line(room: Room) -> None:
    hidden = room.course.graders / DAY / "hidden.py"
    before = hidden.read_text()
    hidden.write_text(before.replace("student.negate(0), 0", "student.negate(0), 1"))
    try:
        said = room.run("proctorch", "regrade", DAY)
    finally:
        hidden.write_text(before)
    assert said.code == 1, said.err
    assert "EVIL" in said.out
    assert_plain(said.out, said.err)
    assert_one_record_a_line(said.out + said.err)


@pytest.mark.parametrize("number", [6, 7, 9, 11])
def test_checking_at_home_shows_and_does_not_obey(room: Room, number: int) -> None:
    folder = room.course.submitted / f"words{number:02}" / DAY
    said = room.run("proctorch", "check", folder=folder)
    assert said.code == 1
    assert "EVIL" in said.out
    assert_plain(said.out, said.err)
    assert_plain(room.run("proctorch", "check", "--json", "-", folder=folder).out)


def test_the_watcher_shows_and_does_not_obey(room: Room) -> None:
    folder = room.course.submitted / "words07" / DAY
    command = [str(Path(sys.executable).parent / "proctorch"), "watch"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.decode())
        if lines[-1].startswith("Watching"):
            process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert any("EVIL" in line for line in lines)
    assert_plain("".join(lines), errors.decode())
