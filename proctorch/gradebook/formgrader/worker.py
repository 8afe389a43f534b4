"""The process that does the formgrader's work: `python -m proctorch.gradebook.formgrader.worker SOCKET`.

It makes the server's formgrader once more for each call, as nbgrader does itself, so a change of `nbgrader_config.py`
counts at once. nbgrader is imported inside functions, because the engine's processes import this module when they are
spawned from here.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Any

from proctorch.gradebook.config import commands_on_path
from proctorch.gradebook.formgrader.call import LENGTH, Call, Formgrader

# How long a call may take to end after the server is gone.
GRACE_SECONDS = 30.0


def main() -> None:
    """Do calls until the server closes the socket."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)  # otherwise the server would not see the end of this process
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server in the background passes "ignored" on
    calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, calls), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, OSError), commands_on_path():
        while True:
            answer = json.dumps(_answer(calls.get())).encode()
            connection.sendall(LENGTH.pack(len(answer)) + answer)


def _receive(connection: socket.socket, calls: queue.SimpleQueue[Call]) -> None:
    """Queue what the server asks; when the server is gone, end this process, whatever it is doing."""
    with connection.makefile("rb") as stream, contextlib.suppress(OSError):
        while header := stream.read(LENGTH.size):
            (length,) = LENGTH.unpack(header)
            calls.put(pickle.loads(stream.read(length)))  # from the server, which is as trusted as this process
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def _answer(call: Call) -> dict[str, Any]:
    """Return the result of a call, or what went wrong; raises KeyboardInterrupt."""
    try:
        with _same_search_path():
            if call.method == "page":
                return {"result": _page(call.formgrader, *call.arguments)}
            return {"result": _api_call(call)}
    except (Exception, SystemExit):  # nbgrader's applications exit where their settings are wrong
        return {"failed": traceback.format_exc()}


def _api_call(call: Call) -> Any:
    """Return what a method of NbGraderAPI returns."""
    from nbgrader.apps.api import NbGraderAPI

    extension = _formgrader(call.formgrader)
    api = NbGraderAPI(extension.coursedir, parent=extension)
    api.log_level = call.formgrader.log_level
    return getattr(api, call.method)(*call.arguments)


def _page(formgrader: Formgrader, path: str, resources: dict[str, Any]) -> str:
    """Return the page that shows a submission."""
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(config=_formgrader(formgrader).config)  # type: ignore[no-untyped-call]
    html, _ = exporter.from_filename(path, resources=resources)
    return str(html)


def _formgrader(formgrader: Formgrader) -> Any:
    """Return nbgrader's formgrader with the server's settings and the course's `nbgrader_config.py`, as it is now."""
    from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
    from traitlets.config import Config

    extension = FormgradeExtension(config=Config(formgrader.config()))
    extension.load_cwd_config = formgrader.load_cwd_config
    extension.config_dir = formgrader.config_dir
    extension.initialize([], root=formgrader.root)
    return extension


@contextlib.contextmanager
def _same_search_path() -> Iterator[None]:
    """Put sys.path back: nbgrader puts the current folder in front each time that it reads its settings."""
    before = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = before


if __name__ == "__main__":
    main()
