"""The web server's end of a worker: starts it when needed, hands it one call after another, ends it when idle."""

from __future__ import annotations

import asyncio
import json
import pickle
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from proctorch.errors import HostDied, ProctorchError
from proctorch.gradebook.formgrader.call import LENGTH, Call

WORKER = "proctorch.gradebook.formgrader.worker"
IDLE_SECONDS = 900.0


class CallFailed(ProctorchError):
    """The worker could not do what it was asked; the text is its traceback."""


@dataclass(frozen=True)
class _Running:
    """A worker's process and the streams of its socket."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def end(self) -> None:
        """Close the socket: the worker sees it and ends. It is not waited for."""
        self.writer.close()


class WorkerProcess:
    """A process that does the formgrader's work, one call after another in the order in which they came."""

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._turn = asyncio.Lock()
        self._running: _Running | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def do(self, call: Call) -> Any:
        """Return what the call gave; raises CallFailed, or HostDied when the process ended before it answered."""
        async with self._turn:
            self._stop_timer()
            try:
                return await self._ask(call)
            except CallFailed:
                raise
            except BaseException:  # an answer may still be on its way, and would be taken for the next call's
                self.end()
                raise
            finally:
                self._end_later()

    def end(self) -> None:
        """End the process, if there is one."""
        self._stop_timer()
        if self._running is not None:
            self._running.end()
        self._running = None

    async def _ask(self, call: Call) -> Any:
        running = await self._started()
        try:
            request = pickle.dumps(call)
            running.writer.write(LENGTH.pack(len(request)) + request)
            await running.writer.drain()
            (length,) = LENGTH.unpack(await running.reader.readexactly(LENGTH.size))
            answer = json.loads(await running.reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise HostDied(_obituary(await asyncio.to_thread(running.process.wait))) from error
        if "failed" in answer:
            raise CallFailed(answer["failed"])
        return answer["result"]

    async def _started(self) -> _Running:
        """Return the process, started unless it runs already."""
        if self._running is not None and self._running.process.poll() is not None:
            self.end()
        if self._running is None:
            self._running = await _start()
        return self._running

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _end_later(self) -> None:
        """Count the idle time from now on."""
        if self._running is not None:
            self._timer = asyncio.get_running_loop().call_later(self._idle, self._end_if_idle)

    def _end_if_idle(self) -> None:
        if not self._turn.locked():
            self.end()


async def _start() -> _Running:
    """Start a worker with a socket to it."""
    ours, theirs = socket.socketpair()
    with theirs:
        # -P: a file of the course must not take the place of a module. A session of its own: Ctrl-C in the server's
        # terminal asks a question first, and must not end the grading meanwhile.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", WORKER, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    reader, writer = await asyncio.open_connection(sock=ours)
    return _Running(process, reader, writer)


def _obituary(code: int) -> str:
    """Return what to say of a process that ended with this exit code."""
    how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return (
        f"The process that works for the formgrader ended {how} before it answered; what it was doing is not done.\n"
        "  To mend it: try again. If it ends again, look at the Jupyter server's log and at the kernel's "
        "out-of-memory messages (dmesg)."
    )
