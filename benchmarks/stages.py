"""Where the time of one submission goes: each stage of the sandbox measured alone, then a whole submission.

    python benchmarks/stages.py [DAY] [--count 30] [--json PATH]

Wall and CPU time in milliseconds; CPU time is that of all processes, and the host's own beside it (a control group
counts them: guests are not waited for by the host, so `getrusage` misses them). Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.grading.measure import CpuAccount
from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.engines.jobs import Job
from proctorch.engines.judge import Host, _widest
from proctorch.engines.worker import preload_for
from proctorch.grading.bench import runnable
from proctorch.grading.runner import Suite
from proctorch.grading.session import with_checks
from proctorch.grading.student import Student
from proctorch.grading.submission import submission_from_file
from proctorch.grading.versions import grader_versions
from proctorch.model import DaySpec
from proctorch.sandbox.host import Guest, Zygote
from proctorch.sandbox.limits import DEFAULT_LIMITS

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Stage:
    """One stage: milliseconds of wall time, of CPU time of all processes, and of the host's own CPU time."""

    name: str
    wall: float
    cpu: float
    host: float


@dataclass(frozen=True)
class Bench:
    """A day with everything that judging it needs."""

    course: Course
    day: DaySpec
    zygote: Zygote
    host: Host
    account: CpuAccount

    def measure(self, name: str, action: Callable[[], object], count: int) -> Stage:
        """Return what an action costs, on the average of `count` times, after one that is not counted."""
        action()
        wall, cpu, own = time.perf_counter(), self.account.seconds(), time.process_time()
        for _ in range(count):
            action()
        own, wall = time.process_time() - own, time.perf_counter() - wall
        time.sleep(0.3)  # until what was ended has gone
        cpu = self.account.seconds() - cpu
        return Stage(name, *(1000 * seconds / count for seconds in (wall, cpu, own)))

    def stages(self, count: int) -> Iterator[Stage]:
        """Measure one stage after the other."""
        submission = submission_from_file(self.course.solution(self.day.name), self.day, "solution")
        cells = runnable(submission.cells)

        def loaded() -> Guest:
            guest = self.zygote.guest(DEFAULT_LIMITS)
            loader = Student(guest.base)._client
            for cell in cells:
                loader.load(cell.label, cell.source)
            return guest

        yield self.measure("a guest: made, confined, ended", lambda: self.zygote.guest(DEFAULT_LIMITS).kill(), count)
        yield self.measure("... with the submission's cells run", lambda: loaded().kill(), count)
        guest = loaded()
        yield self.measure("an exercise's fork: made, ended", lambda: guest.fork().close(), count)
        fork = guest.fork()
        fork.begin(DEFAULT_LIMITS)
        client = Student(fork)._client
        yield self.measure("a request that finds nothing", lambda: client.request("get", None, "no_such_name"), 300)
        guest.kill()
        yield self.measure("the submission, all checks", lambda: self.host.grade(Job(0, submission)), count)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Where the time of one submission goes.")
    parser.add_argument("day", nargs="?", default="day02_tensors")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--json", metavar="PATH", type=Path)
    chosen = parser.parse_args()
    course = Course(ROOT)
    day = load_day(course, chosen.day)
    folder = course.graders / day.name
    files = [folder / name for name in ("public.py", "hidden.py") if (folder / name).exists()]
    found: list[Stage] = []
    account = CpuAccount()
    account.admit()

    def work(checks: tuple) -> None:
        suite = Suite(day, checks, with_hidden=True)
        versions = grader_versions(files, [spec.name for spec in day.exercises])
        with Zygote(preload_for(course.solution(day.name), files, day.devices), masked=(course.root,)) as zygote:
            host = Host(course, day, zygote, suite, versions, b"benchmark" * 4, _widest(checks))
            for stage in Bench(course, day, zygote, host, account).stages(chosen.count):
                print(f"{stage.name:40} wall {stage.wall:8.2f}  cpu {stage.cpu:8.2f}  host {stage.host:8.2f}  ms")
                found.append(stage)

    with_checks(files, work)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(stage) for stage in found], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
