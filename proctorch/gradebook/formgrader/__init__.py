"""The formgrader's long work, moved out of the web server: a Jupyter server extension.

nbgrader's formgrader converts notebooks inside the server's event loop: while it autogrades, no page, kernel or status
call of that server is answered. This extension answers the same URLs with the same replies, and lets processes of its
own do the work. nbgrader itself stays as it is; nothing of it is patched.

    browser ──POST …/autograde──▶ web server: `handlers`          trusted; waits without blocking
                                    └─ `process` ──socket──▶ `worker`   trusted; the same NbGraderAPI call
                                                                └─ engine ──▶ hosts and guests (proctorch.sandbox)

There are two such processes, made when first needed: one for what changes files and marks, one call after another; and
one for the pages that show a submission, so that looking at marks does not wait for grading. A worker ends when its
socket closes (the server stopped, or was killed), and its engine and sandboxes end with it; a call under way is ended
as Ctrl-C ends nbgrader's commands. It also ends after a while without work.

`etc/jupyter/jupyter_server_config.d/proctorch.json`, which the wheel installs, switches it on. Where nbgrader's
formgrader is not installed or is switched off, it does nothing. To switch it off:
`jupyter server extension disable proctorch.gradebook.formgrader`.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Take over the formgrader's long calls, if there is a formgrader in this server.

    Extensions are loaded in the order of their names, so nbgrader's is there before this one.
    """
    if "nbgrader_formgrader" not in serverapp.web_app.settings:
        serverapp.log.debug("Proctorch: this server has no formgrader, so there is nothing to do.")
        return
    from proctorch.gradebook.formgrader.handlers import take_over

    take_over(serverapp.web_app)
    serverapp.log.info("Proctorch: the formgrader grades in a process of its own.")
