"""What starting a zygote leaves on the disk: nothing, also where what it shows lies in the folder that it covers."""

from __future__ import annotations

import tempfile

import pytest

from proctorch.sandbox import launcher
from proctorch.sandbox.host import Zygote

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("staging", [launcher.STAGING, ("/tmp",)])
def test_a_zygote_that_is_killed_leaves_no_folder(monkeypatch, tmp_path, staging):
    monkeypatch.setattr(launcher, "STAGING", staging)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Zygote() as zygote:
        guest = zygote.guest()
        zygote.launch().process.kill()
        guest.kill()
        assert list(tmp_path.iterdir()) == []
