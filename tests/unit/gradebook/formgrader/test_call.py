from __future__ import annotations

import pickle

from traitlets.config import Config

from proctorch.gradebook.formgrader.call import Call, Formgrader


class Unreadable:
    def __reduce__(self):
        return int, ("no number",)


def test_the_settings_travel(extension):
    extension.config.Exchange.root = "/somewhere/else"
    call = Call(Formgrader.of(extension, 10), "autograde", ("day01_small", "ada"))
    arrived = pickle.loads(pickle.dumps(call))
    assert arrived == call
    config = Config(arrived.formgrader.config())
    assert config.Exchange.root == "/somewhere/else"
    assert config.CourseDirectory == extension.config.CourseDirectory
    assert config.Autograde == extension.config.Autograde
    assert config.HTMLExporter.template_name == "formgrade"
    assert arrived.formgrader.log_level == 10
    assert arrived.formgrader.root == extension.coursedir.root


def test_a_setting_that_cannot_travel_stays_behind_alone(extension):
    extension.config.FileContentsManager.post_save_hook = lambda **_: None
    extension.config.FileContentsManager.unreadable = Unreadable()
    extension.config.FileContentsManager.delete_to_trash = False
    arrived = pickle.loads(pickle.dumps(Formgrader.of(extension, 20)))
    assert arrived.config()["FileContentsManager"] == {"delete_to_trash": False}


def test_the_servers_token_stays_in_the_server(extension):
    extension.config.IdentityProvider.token = "a secret of the server"
    extension.config.ServerApp.token = "a secret of the server"
    assert b"a secret of the server" not in pickle.dumps(Formgrader.of(extension, 20))
