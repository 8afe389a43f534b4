"""A pytest session of our own: collects grader files once and hands the checks to a function that runs them.

The session is not influenced by configuration files, plugins or command lines around it, writes nothing, and raises
GraderBroken when a grader file cannot be collected.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from proctorch.errors import GraderBroken
from proctorch.grading.checks import Check, collect_checks

_OPTIONS = (
    "-c", os.devnull, "--import-mode=importlib", "--capture=no", "--disable-plugin-autoload", "--noconftest",
    "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:warnings", "-p", "no:faulthandler", "-p", "no:logging",
    "-p", "no:unraisableexception", "-p", "no:threadexception", "-p", "proctorch.grading.plugin",
)  # fmt: skip


class _Loop:
    """Takes the place of pytest's loop over tests."""

    def __init__(self, work: Callable[[tuple[Check, ...]], None]) -> None:
        self._work = work
        self.error: BaseException | None = None
        self.complaints: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what made a grader file uncollectable."""
        if report.failed:
            self.complaints.append(str(report.longreprtext))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the work instead of the tests; what it raises is raised again outside of pytest."""
        if not self.complaints:
            try:
                self._work(collect_checks(session.items))
            except BaseException as error:
                self.error = error
        return True


def with_checks(files: Sequence[Path], work: Callable[[tuple[Check, ...]], None]) -> None:
    """Collect the checks of grader files and call `work` with them while pytest's session is open.

    Raises GraderBroken when a file does not load or holds no check, and whatever `work` raises.
    """
    loop = _Loop(work)
    root = str(files[0].parent)
    arguments: list[str] = [*_OPTIONS, "--rootdir", root, *map(str, files)]
    with _own_environment(), _fresh_modules(path.stem for path in files):
        code = pytest.main(arguments, plugins=[loop])
    if loop.error is not None:
        raise loop.error
    if loop.complaints:
        raise GraderBroken("a grader file does not load:\n" + "\n".join(loop.complaints))
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        names = ", ".join(map(str, files))
        raise GraderBroken(f"pytest could not run {names} (it ended with {int(code)}).")


@contextmanager
def _own_environment() -> Iterator[None]:
    """Take out what pytest reads from the environment, and put all of it back: pytest leaves marks in it."""
    before = dict(os.environ)
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _fresh_modules(names: Iterable[str]) -> Iterator[None]:
    """Keep pytest from taking a module of the same name that is there already, such as another day's `public`."""
    before = {name: sys.modules.pop(name, None) for name in names}
    try:
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
