from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from proctorch.gradebook import formgrader

ROOT = Path(__file__).parents[4]
WITHOUT_NBGRADER = """
import logging, sys, types
sys.modules["nbgrader"] = sys.modules["tornado"] = sys.modules["jupyter_server"] = None
from proctorch.gradebook import formgrader
assert formgrader._jupyter_server_extension_points() == [{"module": "proctorch.gradebook.formgrader"}]
web_app = types.SimpleNamespace(settings={"base_url": "/"})
formgrader._load_jupyter_server_extension(types.SimpleNamespace(web_app=web_app, log=logging.getLogger()))
print("nothing happened")
"""


def test_a_student_who_has_no_nbgrader_notices_nothing():
    done = subprocess.run([sys.executable, "-c", WITHOUT_NBGRADER], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing happened\n", "")


def test_what_is_installed_switches_it_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    (source,) = [path for path, target in shared.items() if target.startswith("etc/jupyter/jupyter_server_config.d/")]
    config = json.loads((ROOT / source).read_text(encoding="utf-8"))
    assert config == {"ServerApp": {"jpserver_extensions": {formgrader.__name__: True}}}
    assert formgrader.__name__ > "nbgrader.server_extensions.formgrader", "extensions are loaded in this order"


@pytest.fixture(scope="module")
def handler_of():
    """Return what finds the handler that answers a path, in a server below /hub/ with nbgrader's formgrader in it."""
    pytest.importorskip("nbgrader", reason="pip install -e '.[instructor]' brings nbgrader")
    from nbgrader.server_extensions.formgrader import apihandlers, handlers
    from tornado import web
    from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

    from proctorch.gradebook.formgrader.handlers import take_over

    application = web.Application([(r"/hub/api/status", web.RequestHandler)], base_url="/hub/")
    rules = [*handlers.default_handlers, *apihandlers.default_handlers, (r"/formgrader/.*", handlers.Template404)]
    application.add_handlers(".*$", [("/hub" + rule[0], *rule[1:]) for rule in rules])
    take_over(application)

    def find(path):
        line, headers = RequestStartLine("POST", path, "HTTP/1.1"), HTTPHeaders({"Host": "127.0.0.1"})
        delegate = application.find_handler(HTTPServerRequest(start_line=line, headers=headers))
        return delegate.handler_class.__name__, delegate.handler_kwargs.get("method")

    return find


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("assignment/day/assign", "generate_assignment"),
        ("assignment/day/release", "release_assignment"),
        ("assignment/day/unrelease", "unrelease"),
        ("assignment/day/collect", "collect"),
        ("submission/day/ada/autograde", "autograde"),
        ("assignment/day/generate_feedback", "generate_feedback"),
        ("assignment/day/ada/generate_feedback", "generate_feedback"),
        ("assignment/day/release_feedback", "release_feedback"),
        ("assignment/day/ada/release_feedback", "release_feedback"),
    ],
)
def test_what_takes_long_is_ours(handler_of, path, method):
    assert handler_of(f"/hub/formgrader/api/{path}") == ("CommandHandler", method)


def test_all_else_stays_nbgraders(handler_of):
    assert handler_of("/hub/formgrader/api/status") == ("StatusHandler", None)
    assert handler_of("/hub/formgrader/api/submission/day/ada") == ("SubmissionHandler", None)
    assert handler_of("/hub/formgrader/manage_assignments") == ("ManageAssignmentsHandler", None)
    assert handler_of("/hub/formgrader/submissions/1234/") == ("SubmissionPageHandler", None)
    assert handler_of("/hub/formgrader/submissions/1234/next")[0] == "SubmissionNavigationHandler"
    assert handler_of("/hub/formgrader/submissions/1234/picture.png")[0] == "SubmissionFilesHandler"
    assert handler_of("/hub/api/status")[0] == "RequestHandler"
