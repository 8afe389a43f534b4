"""What answers the formgrader's long calls: nbgrader's URLs and replies, with the work done in other processes."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, check_notebook_dir, check_xsrf
from tornado import web

from proctorch.errors import HostDied
from proctorch.gradebook.formgrader.call import Call, Formgrader
from proctorch.gradebook.formgrader.process import CallFailed, WorkerProcess

# The handlers that run one of nbgrader's commands, and the method of NbGraderAPI that each of them calls.
METHODS = {
    apihandlers.AssignHandler: "generate_assignment",
    apihandlers.UnReleaseHandler: "unrelease",
    apihandlers.ReleaseHandler: "release_assignment",
    apihandlers.CollectHandler: "collect",
    apihandlers.AutogradeHandler: "autograde",
    apihandlers.GenerateAllFeedbackHandler: "generate_feedback",
    apihandlers.GenerateFeedbackHandler: "generate_feedback",
    apihandlers.ReleaseAllFeedbackHandler: "release_feedback",
    apihandlers.ReleaseFeedbackHandler: "release_feedback",
}


class CommandHandler(BaseApiHandler):  # type: ignore[misc]  # nbgrader ships no types
    """Runs one of nbgrader's commands in the worker and replies as nbgrader does."""

    def initialize(self, method: str, worker: WorkerProcess) -> None:
        """Take what the route gives."""
        self.method, self.worker = method, worker

    @web.authenticated
    @check_xsrf  # type: ignore[untyped-decorator]
    @check_notebook_dir  # type: ignore[untyped-decorator]
    async def post(self, *names: str) -> None:
        """Run the command for an assignment, or for an assignment and a student."""
        try:
            result = await self.worker.do(_call(self, self.method, *names))
        except (CallFailed, HostDied) as error:
            self.log.error("The formgrader's %s of %s failed.\n%s", self.method, " and ".join(names), error)
            result = {"success": False, "error": str(error)}
        self.write(json.dumps(result))


class SubmissionPageHandler(handlers.SubmissionHandler):  # type: ignore[misc]  # nbgrader ships no types
    """Shows a submission: nbgrader's handler finds it, the worker makes the page."""

    def initialize(self, worker: WorkerProcess) -> None:
        """Take what the route gives."""
        self.worker = worker
        self.wanted: tuple[str, dict[str, Any]] | None = None

    @property
    def exporter(self) -> SubmissionPageHandler:
        """Take the exporter's place, to learn what nbgrader's handler wants to be converted."""
        return self

    def from_filename(self, path: str, resources: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Note what is wanted, and give nbgrader's handler an empty page to write."""
        self.wanted = path, resources
        return "", resources

    async def get(self, submission_id: str) -> None:
        """Show a submission."""
        super().get(submission_id)
        if self.wanted is None:  # not found, redirected, or not logged in: answered already
            return
        try:
            self.write(await self.worker.do(_call(self, "page", *self.wanted)))
        except (CallFailed, HostDied) as error:
            self.log.error("The page of submission %s could not be made.\n%s", submission_id, error)
            raise web.HTTPError(500) from error


def take_over(application: web.Application) -> None:
    """Let the workers answer the formgrader's long calls.

    The routes stand before all others: Application.add_handlers would put them behind nbgrader's.
    """
    marks, pages = WorkerProcess(), WorkerProcess()
    base = application.settings["base_url"]
    rules: list[Any] = []
    for pattern, handler, *_ in apihandlers.default_handlers:
        if handler in METHODS:
            given = {"method": METHODS[handler], "worker": marks}
            rules.append(web.url(url_path_join(base, pattern), CommandHandler, given))
    for pattern, handler, *_ in handlers.default_handlers:
        if handler is handlers.SubmissionHandler:
            rules.append(web.url(url_path_join(base, pattern), SubmissionPageHandler, {"worker": pages}))
    application.default_router.rules[:0] = rules


def _call(handler: Any, method: str, *arguments: Any) -> Call:
    """Return a call to the formgrader that this handler belongs to."""
    extension = handler.settings["nbgrader_formgrader"]
    return Call(Formgrader.of(extension, handler.log.level), method, arguments)
