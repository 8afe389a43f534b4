from __future__ import annotations

import asyncio
import logging
import os
import signal

import pytest

from proctorch.errors import HostDied
from proctorch.gradebook.formgrader.call import Call, Formgrader
from proctorch.gradebook.formgrader.process import WorkerProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def students(extension):
    return Call(Formgrader.of(extension, logging.INFO), "get_students", ())


def pid_of(worker: WorkerProcess) -> int:
    return worker._running.process.pid


async def wait_for_end(pid: int) -> None:
    """Wait until a child of ours has ended; pytest's time limit ends the waiting."""
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        await asyncio.sleep(0.02)


def test_calls_wait_their_turn_in_one_process_that_ends_with_its_socket(students):
    async def scene():
        worker = WorkerProcess()
        assert await worker.do(students) == []
        first, done = pid_of(worker), []
        asked = [asyncio.create_task(worker.do(students)) for _ in range(4)]
        for number, task in enumerate(asked):
            task.add_done_callback(lambda _, number=number: done.append(number))
        assert await asyncio.gather(*asked) == [[]] * 4
        assert pid_of(worker) == first
        worker.end()
        await wait_for_end(first)
        return done

    assert asyncio.run(scene()) == [0, 1, 2, 3]


def test_a_process_that_was_killed_is_told_and_replaced(students):
    async def scene():
        worker = WorkerProcess()
        asked = asyncio.create_task(worker.do(students))
        while worker._running is None:
            await asyncio.sleep(0.01)
        os.kill(pid_of(worker), signal.SIGKILL)
        with pytest.raises(HostDied, match="by signal SIGKILL") as caught:
            await asked
        assert "To mend it" in str(caught.value)
        assert await worker.do(students) == []
        os.kill(pid_of(worker), signal.SIGKILL)  # while idle: nobody needs to hear of it
        worker._running.process.wait()
        assert await worker.do(students) == []
        worker.end()

    asyncio.run(scene())


def test_a_process_without_work_ends(students):
    async def scene():
        worker = WorkerProcess(idle=0.05)
        assert await worker.do(students) == []
        await wait_for_end(pid_of(worker))
        assert await worker.do(students) == []
        worker.end()

    asyncio.run(scene())


def test_a_call_that_was_given_up_does_not_answer_the_next_one(students):
    async def scene():
        worker = WorkerProcess()
        given_up = asyncio.create_task(worker.do(Call(students.formgrader, "get_source_assignments", ())))
        while worker._running is None:
            await asyncio.sleep(0.01)
        given_up.cancel()
        assert await worker.do(students) == []
        worker.end()

    asyncio.run(scene())
