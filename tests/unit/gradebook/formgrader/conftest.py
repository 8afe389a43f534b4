"""A formgrader of the small course, as a server started in the course's folder would have it."""

from __future__ import annotations

import asyncio
import logging

import pytest

from proctorch.gradebook.formgrader.call import Call, Formgrader
from proctorch.gradebook.formgrader.process import WorkerProcess


@pytest.fixture
def extension(course, tmp_path, monkeypatch):
    from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.syspath_prepend(str(course.root))  # what it puts there itself is taken away again
    monkeypatch.chdir(course.root)
    extension = FormgradeExtension()
    extension.initialize([])
    return extension


@pytest.fixture
def ask(extension):
    """Do calls, given by method and arguments, at once and in one worker; return their results or errors."""

    def run(*calls):
        async def all_of_them():
            worker = WorkerProcess()
            facts = Formgrader.of(extension, logging.INFO)
            try:
                asked = [worker.do(Call(facts, method, tuple(arguments))) for method, *arguments in calls]
                return await asyncio.gather(*asked, return_exceptions=True)
            finally:
                worker.end()

        return asyncio.run(all_of_them())

    return run
