"""The formgrader's own buttons, in a real Jupyter server, asked over HTTP as its pages ask, and once in a browser.

The engine of the course stops where it is told to, so that "while it autogrades" is an order of events and no guess
about time: a server that is blocked would never answer, and pytest's time limit would end the test.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.jupyter_server import JupyterServer, serve
from proctorch.course import Course

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DAY = "day01_small"
SMALL_COURSE = Path(__file__).parents[1] / "unit" / "gradebook" / "small_course"
RIGHT = {"double": "return 2 * x", "negate": "return -x"}
GATED_ENGINE = '''
import os, time
from engine_double import EngineDouble

class GatedEngine(EngineDouble):
    """Grades a submission only when a file with the student's name lies in `gates`; notes when it begins."""

    def grade(self, submissions, *, only=None):
        for submission in submissions:
            self._note(f"begin {submission.student} {os.getpid()}")
            while not (self.log.parent / "gates" / submission.student).exists():
                time.sleep(0.02)
            yield from super().grade([submission], only=only)
'''


@dataclass(frozen=True)
class Scene:
    """A running server and its course."""

    server: JupyterServer
    course: Course

    def hand_in(self, student: str, extra: str = "") -> None:
        """Let a student hand in right answers."""
        import json

        folder = self.course.submitted / student / DAY
        shutil.copytree(self.course.release / DAY, folder)
        path = folder / f"{DAY}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in RIGHT:
                cell["source"] = f"def {name}(x):\n    {RIGHT[name]}\n# {student} {extra}\n"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        (folder / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")

    def let_pass(self, student: str) -> None:
        """Let the engine grade a student."""
        (self.course.root / "gates" / student).touch()

    def events(self) -> list[str]:
        """Return what the engine noted."""
        log = self.course.root / "engine.log"
        return log.read_text().splitlines() if log.is_file() else []

    def pid_at(self, student: str) -> int:
        """Wait until the engine has begun with a student; return the process that it runs in."""
        while True:
            for event in self.events():
                if event.startswith(f"begin {student} "):
                    return int(event.split()[2])
            time.sleep(0.02)

    def marks(self) -> dict[str, float]:
        """Return each student's mark from nbgrader's gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.course.root / 'gradebook.db'}") as gradebook:
            return {each.student.id: each.score for each in gradebook.assignment_submissions(DAY)}


@pytest.fixture(scope="module")
def course_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from proctorch.authoring.build import build_days

    root = tmp_path_factory.mktemp("formgrader") / "course"
    shutil.copytree(SMALL_COURSE, root, ignore=shutil.ignore_patterns("__pycache__"))
    build_days(Course(root), [DAY], database=f"sqlite:///{root / 'gradebook.db'}")
    return root


@pytest.fixture
def start(course_root: Path, tmp_path: Path) -> Callable[..., Any]:
    """Start a server in a copy of the course with this engine; None: the real one."""

    def serving(engine: str | None = "gated_engine.GatedEngine") -> Any:
        root = tmp_path / "course"
        shutil.copytree(course_root, root)
        (root / "gates").mkdir()
        (root / "gated_engine.py").write_text(GATED_ENGINE)
        line = f"c.GradeCells.engine_class = {engine!r}" if engine else "del c.GradeCells.engine_class"
        with (root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
            config.write(f"\nc.CourseDirectory.db_url = {f'sqlite:///{root}/gradebook.db'!r}\n{line}\n")
        return root, serve(root, tmp_path / "own")

    return serving


@pytest.fixture
def scene(start: Callable[..., Any]) -> Iterator[Scene]:
    root, serving = start()
    with serving as server:
        said = server.log.read_text(encoding="utf-8")
        assert "the formgrader grades in a process of its own" in said, "the extension is not switched on: make setup"
        yield Scene(server, Course(root))


@pytest.fixture
def presses() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def press(presses: ThreadPoolExecutor, scene: Scene, student: str) -> Future[dict[str, Any]]:
    return presses.submit(scene.server.autograde, DAY, student)


def test_the_server_answers_while_it_autogrades(scene: Scene, presses: ThreadPoolExecutor) -> None:
    for student in ("ada", "ben"):
        scene.hand_in(student)
    ada = press(presses, scene, "ada")
    scene.pid_at("ada")
    ben = press(presses, scene, "ben")  # a second click while the first is at work
    for path in ("/api/status", "/formgrader/api/status", f"/formgrader/api/submission/{DAY}/ada", "/api/status"):
        status, _ = scene.server.ask("GET", path)
        assert status == 200, path
    assert not ada.done() and not ben.done()
    assert not any(event.startswith("begin ben") for event in scene.events())
    scene.let_pass("ben")
    scene.let_pass("ada")
    for answer in (ada.result(), ben.result()):
        assert answer["success"] is True and "Converting notebook" in answer["log"]
    assert scene.marks() == {"ada": 7.0, "ben": 7.0}
    begun = [event.split()[1] for event in scene.events() if event.startswith("begin")]
    assert begun == ["ada", "ben"]
    assert [event for event in scene.events() if event == "start"] == ["start"], "one engine, kept warm"


def test_a_closed_tab_loses_nothing(scene: Scene, presses: ThreadPoolExecutor) -> None:
    for student in ("ada", "ben", "cat"):
        scene.hand_in(student)
    with closing(scene.server.connection()) as first, closing(scene.server.connection()) as second:
        first.request("POST", f"/formgrader/api/submission/{DAY}/ada/autograde", headers=scene.server.headers())
        scene.pid_at("ada")
        second.request("POST", f"/formgrader/api/submission/{DAY}/ben/autograde", headers=scene.server.headers())
        assert scene.server.ask("GET", "/api/status")[0] == 200  # the second click has arrived, too
    for student in ("ada", "ben", "cat"):
        scene.let_pass(student)
    assert press(presses, scene, "cat").result()["success"] is True
    assert scene.marks() == {"ada": 7.0, "ben": 7.0, "cat": 7.0}


def test_errors_come_as_nbgraders_own(scene: Scene, presses: ThreadPoolExecutor) -> None:
    scene.hand_in("ada", "BREAK THE ENGINE")
    scene.hand_in("ben")
    scene.let_pass("ada")
    answer = scene.server.autograde(DAY, "ada")
    assert answer["success"] is False and "Traceback" in answer["error"] and "the host ended" in answer["log"]
    killed = press(presses, scene, "ben")
    os.kill(scene.pid_at("ben"), 9)
    answer = killed.result()
    assert answer["success"] is False
    assert "by signal SIGKILL" in answer["error"] and "To mend it" in answer["error"]
    scene.let_pass("ben")
    assert scene.server.autograde(DAY, "ben")["success"] is True
    assert scene.marks()["ben"] == 7.0


def test_who_is_not_logged_in_or_comes_from_another_site_is_refused(scene: Scene) -> None:
    scene.hand_in("ada")
    path = f"/formgrader/api/submission/{DAY}/ada/autograde"
    without_login = {name: value for name, value in scene.server.headers().items() if name != "Cookie"}
    without_xsrf = {name: value for name, value in scene.server.headers().items() if name == "Cookie"}
    assert scene.server.ask("POST", path, without_login)[0] == 403
    assert scene.server.ask("POST", path, without_xsrf)[0] == 403
    assert scene.events() == []


def test_the_end_of_the_server_ends_the_grading(start: Callable[..., Any], presses: ThreadPoolExecutor) -> None:
    root, serving = start()
    with serving as server:
        scene = Scene(server, Course(root))
        scene.hand_in("ada")
        asked = press(presses, scene, "ada")
        worker = scene.pid_at("ada")
        server.process.kill()
        with pytest.raises((ConnectionError, OSError)):
            asked.result()
    with suppress(ProcessLookupError):
        while True:
            os.kill(worker, 0)
            time.sleep(0.02)
    assert scene.events()[-1] == "stop", "the engine ended in order"
    assert not (root / "autograded" / "ada" / DAY).exists(), "nothing half done is left"


def test_the_button_in_the_page(start: Callable[..., Any], tmp_path: Path) -> None:
    """A click on the lightning, with the real engine; the page tells it and shows the mark. Then the submission."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install -e '.[dev]' brings Playwright")
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        pytest.skip("needs Chromium: `make setup` installs it (Debian: apt-get install chromium)")
    root, serving = start(None)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with serving as server, sync_api.sync_playwright() as playwright:
        scene = Scene(server, Course(root))
        scene.hand_in("ada")
        browser = playwright.chromium.launch(executable_path=browser_path, args=flags)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.set_default_timeout(180_000)
        site = f"http://127.0.0.1:{server.port}"
        page.context.add_cookies(
            [{"name": name, "value": value, "url": site} for name, value in server.cookies.items()]
        )
        page.goto(f"{site}/formgrader/manage_submissions/{DAY}")
        page.click("td.autograde a")
        polled = threading.Thread(target=server.ask, args=("GET", "/api/status"))
        polled.start()
        page.wait_for_selector("#success-modal.in")
        polled.join()
        page.screenshot(path=str(tmp_path / "autograded.png"))
        assert "Successfully autograded" in page.inner_text("#success-modal")
        page.reload()
        page.wait_for_selector("td.score:has-text('7 / 7')")
        assert scene.marks() == {"ada": 7.0}
        page.goto(f"{site}/formgrader/gradebook/{DAY}/{DAY}")
        page.click("td a >> nth=0")
        page.wait_for_selector("text=Student's answer >> nth=0")
        page.screenshot(path=str(tmp_path / "submission.png"))
        assert "/formgrader/submissions/" in page.url and "double" in page.content()
        browser.close()
