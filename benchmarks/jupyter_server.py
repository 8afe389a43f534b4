"""A real Jupyter server on a course, asked over HTTP as the formgrader's pages ask it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 180.0
OURS = "proctorch.gradebook.formgrader"


@dataclass(frozen=True)
class JupyterServer:
    """A running server: where it is, and the cookies of someone who has logged in with its token."""

    process: subprocess.Popen[bytes]
    port: int
    token: str
    log: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def connection(self) -> http.client.HTTPConnection:
        """Return a new connection to the server."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=280)

    def headers(self) -> dict[str, str]:
        """Return what a page of the formgrader sends along: the cookies, and the XSRF cookie as a header."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": self.cookies["_xsrf"]}

    def log_in(self) -> None:
        """Open the formgrader's first page with the token, as a browser does; keep the cookies."""
        connection = self.connection()
        connection.request("GET", f"/formgrader/manage_assignments?token={self.token}")
        reply = connection.getresponse()
        text = reply.read().decode()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        if reply.status != 200 or "_xsrf" not in self.cookies:
            raise RuntimeError(f"the formgrader's page did not come: {reply.status}\n{text[:500]}")

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Return status and text of a reply."""
        connection = self.connection()
        connection.request(method, path, headers=self.headers() if headers is None else dict(headers))
        reply = connection.getresponse()
        return reply.status, reply.read().decode()

    def autograde(self, day: str, student: str) -> dict[str, Any]:
        """Press the autograde button of one submission; return what the page is told."""
        status, text = self.ask("POST", f"/formgrader/api/submission/{day}/{student}/autograde")
        if status != 200:
            raise RuntimeError(f"autograde was answered with {status}: {text[:500]}")
        answer: dict[str, Any] = json.loads(text)
        return answer


@contextlib.contextmanager
def serve(course: Path, own: Path, *, ours: bool | None = None) -> Iterator[JupyterServer]:
    """Start a server in the course's folder; its settings, runtime files and log are in the folder `own`.

    `ours` switches Proctorch's extension on or off; None leaves that to what is installed.
    """
    own.mkdir(parents=True, exist_ok=True)
    token, log = secrets.token_hex(16), own / "server.log"
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", "--ServerApp.port=0"]
    command += ["--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={course}"]
    if ours is not None:
        command.append(f"--ServerApp.jpserver_extensions={ {OURS: ours}!r}")
    places = {f"JUPYTER_{name}_DIR": str(own / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=course, stdout=stream, stderr=stream, env={**os.environ, **places, "PATH": path}
        )
    try:
        server = JupyterServer(process, _port(process, log), token, log)
        server.log_in()
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """Wait until the server says where it is, and then until it listens there."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"running at:\n.*http://127\.0\.0\.1:(\d+)/", log.read_text(encoding="utf-8")):
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", int(found[1]))):
                return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the Jupyter server did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
