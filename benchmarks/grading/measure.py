"""Wall time, CPU time and memory of a command with every process that it starts.

CPU time is read from a control group that the command is put in, which counts all its processes, however short they
live and whoever waits for them (a sandbox's guests are not waited for by the host, so `getrusage` misses them). Where
no control group can be made, the busy time of the whole machine is taken, and `CpuAccount.source` says so: then nothing
else may run meanwhile. The sandbox's part is that total without the processes outside of it, which live long and are
sampled. Memory is the proportional set size (PSS: shared pages divided among their sharers) of the whole process tree.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
GROUPS = Path("/sys/fs/cgroup")
SAMPLE_SECONDS = 0.25
MEMORY_EVERY = 4  # samples: reading PSS walks page tables, and must not become part of what is measured
SANDBOX = ("bwrap",)


@dataclass(frozen=True)
class Sample:
    """What `count` submissions cost: seconds of wall and CPU time, and the sandbox's part of the latter."""

    count: int
    wall: float
    cpu: float
    guest_cpu: float = 0.0


@dataclass(frozen=True)
class Usage:
    """What a command cost, and how it ended; `peak_pss` in bytes, `output` its last lines."""

    wall: float
    cpu: float
    guest_cpu: float
    peak_pss: int
    status: int
    output: str


@dataclass(frozen=True)
class Process:
    """A process as /proc shows it; `cpu` in seconds, without its children."""

    pid: int
    parent: int
    name: str
    cpu: float


def read_processes() -> dict[int, Process]:
    """Return all processes of this machine."""
    found = {}
    for folder in os.listdir("/proc"):
        if folder.isdigit():
            with contextlib.suppress(OSError):
                process = parse_stat(Path(f"/proc/{folder}/stat").read_text())
                found[process.pid] = process
    return found


def parse_stat(text: str) -> Process:
    """Return the process of one `/proc/PID/stat`; its name may hold blanks and brackets."""
    head, _, tail = text.rpartition(")")
    pid, _, name = head.partition(" (")
    fields = tail.split()
    return Process(int(pid), int(fields[1]), name, (int(fields[11]) + int(fields[12])) / TICKS)


def descendants(root: int, processes: Mapping[int, Process], without: frozenset[str] = frozenset()) -> list[Process]:
    """Return a process and all that come from it, leaving out those called `without` and all that come from them."""
    children: dict[int, list[Process]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = [processes[root]] if root in processes else []
    while waiting:
        process = waiting.pop()
        if process.name not in without:
            found.append(process)
            waiting += children.get(process.pid, [])
    return found


def pss(pid: int) -> int:
    """Return a process's proportional set size in bytes; 0 when it has ended or may not be read."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


class CpuAccount:
    """Counts the CPU time of the processes put into it; close it when they have ended."""

    def __init__(self) -> None:
        self._group, self.source = _new_group()

    def admit(self, pid: int = 0) -> None:
        """Count a process from now on (0: the one that calls), and what it starts."""
        if self._group is not None:
            (self._group / "cgroup.procs").write_text(str(pid))

    def seconds(self) -> float:
        """Return the CPU time that was used so far; only differences mean something."""
        if self._group is None:
            return _busy_machine()
        usage = self._group / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        stat = dict(line.split() for line in (self._group / "cpu.stat").read_text().splitlines())
        return int(stat["usage_usec"]) / 1e6

    def close(self) -> None:
        """Remove the group; processes still in it go back to where they came from."""
        if self._group is not None:
            with contextlib.suppress(OSError):
                for pid in (self._group / "cgroup.procs").read_text().split():
                    (self._group.parent / "cgroup.procs").write_text(pid)
            for group in self._group.parent.glob("proctorch-bench-*"):
                # Ours, and those of measured processes that were killed before they could close theirs.
                if group == self._group or not Path("/proc", group.name.split("-")[2]).exists():
                    for place in (*group.glob("proctorch-bench-*"), group):
                        with contextlib.suppress(OSError):
                            place.rmdir()


def _new_group() -> tuple[Path | None, str]:
    """Return a fresh control group (version 1 or 2) beside our own, and how the time is counted."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "cpuacct" in controllers.split(","):
            parent = GROUPS / "cpuacct" / path.lstrip("/")
        elif not controllers and (GROUPS / "cgroup.controllers").exists():
            parent = GROUPS / path.lstrip("/")
        else:
            continue
        group = parent / f"proctorch-bench-{os.getpid()}-{time.monotonic_ns()}"
        with contextlib.suppress(OSError):
            group.mkdir()
            return group, "control group"
    return None, "the whole machine"


def _busy_machine() -> float:
    fields = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


@dataclass
class Watch:
    """Samples a process tree from a thread: the CPU time outside the sandbox, and the peak of its memory."""

    root: int
    peak_pss: int = 0
    saw_sandbox: bool = False
    _own: dict[int, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def host_cpu(self) -> float:
        """The CPU time of all processes outside the sandbox that were seen, as last seen."""
        return sum(self._own.values())

    def look(self, *, memory: bool) -> None:
        """Take one sample."""
        processes = read_processes()
        everything = descendants(self.root, processes)
        outside = descendants(self.root, processes, frozenset(SANDBOX))
        self._own.update((process.pid, process.cpu) for process in outside)
        self.saw_sandbox |= len(everything) > len(outside)
        if memory:
            self.peak_pss = max(self.peak_pss, sum(pss(process.pid) for process in everything))

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(SAMPLE_SECONDS):
            number += 1
            self.look(memory=number % MEMORY_EVERY == 0)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Sample until the block is left."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


def run_measured(
    command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Usage:
    """Run a command and return what it cost; when this is interrupted, everything that it started is ended."""
    account = CpuAccount()

    def prepare() -> None:
        # Started in the background, this process may ignore Ctrl-C, and would hand that on.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        account.admit()

    before, start = account.seconds(), time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})}, start_new_session=True, preexec_fn=prepare,
        )  # fmt: skip
        watch = Watch(process.pid)
        try:
            with watch.running():
                status = process.wait()
        except BaseException:
            end_tree(process)
            raise
        finally:
            wall, cpu = time.perf_counter() - start, account.seconds() - before
            account.close()
    text = log.read_text(encoding="utf-8", errors="replace")
    guest_cpu = max(0.0, cpu - watch.host_cpu) if watch.saw_sandbox else 0.0
    return Usage(wall, cpu, guest_cpu, watch.peak_pss, status, text)


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a command and all that it started, politely first, so that it can take its sandboxes down itself."""
    ours = [found.pid for found in descendants(process.pid, read_processes())]
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    for pid in ours:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
