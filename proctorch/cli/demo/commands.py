"""nbgrader's commands, run as its program runs them, but in this process: each spends 4.7 s on imports otherwise."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proctorch.errors import CourseError


@dataclass(frozen=True)
class NbGrader:
    """Runs `nbgrader COMMAND ...` in a folder; what it says goes into the file `log`."""

    log: Path

    def __call__(self, folder: Path, command: str, *arguments: str) -> None:
        """Run one command; raises CourseError with its last words where it fails."""
        from nbgrader.apps.nbgraderapp import NbGraderApp

        kind, _ = NbGraderApp.subcommands[command]
        start = self.log.stat().st_size if self.log.exists() else 0
        with self._in(folder, " ".join(["nbgrader", command, *arguments])):
            app = kind()
            try:
                app.initialize(list(arguments))
                app.start()
            except SystemExit as end:
                if end.code not in (None, 0):
                    raise CourseError(self._complaint(command, arguments, start)) from end
            finally:
                app.reset()

    @contextlib.contextmanager
    def _in(self, folder: Path, line: str) -> Iterator[None]:
        """Be in a folder, and write everything that is said into the log."""
        from proctorch.gradebook.config import commands_on_path

        before = Path.cwd()
        os.chdir(folder)
        try:
            with (
                self.log.open("a", encoding="utf-8", errors="replace") as stream,
                contextlib.redirect_stdout(stream),
                contextlib.redirect_stderr(stream),
                commands_on_path(),
                warnings.catch_warnings(action="ignore"),  # nbgrader's own, about its sessions and its templates
            ):
                stream.write(f"\n$ {line}    (in {folder})\n")
                stream.flush()
                yield
        finally:
            os.chdir(before)

    def _complaint(self, command: str, arguments: tuple[str, ...], start: int) -> str:
        with self.log.open("rb") as stream:
            stream.seek(start)
            words = stream.read().decode("utf-8", "replace").strip().splitlines()
        said = "\n".join(f"    {line}" for line in words[-12:])
        return f"nbgrader {command} {' '.join(arguments)} failed:\n{said}\n  All of what it said is in {self.log}"
