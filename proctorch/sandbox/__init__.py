"""The boundary between what is trusted and what is not.

Theory of operation
===================

Four kinds of process take part. Each line says what it holds and what it talks to.

host      trusted. Runs pytest and the checks, compares, decides, keeps the clock. Never runs student code, never
          unpickles, never opens a path that a student can write. (`host`, `launcher`)
bwrap     bubblewrap, never as uid 0: started as root, the launcher first makes a private mount namespace, binds the
          Python environment where an ordinary user can read it, and drops to an unprivileged uid. (`launcher`)
zygote    inside bubblewrap: new user, mount, pid, network, IPC, UTS and cgroup namespaces, a read-only root that holds
          the Python environment and system libraries and nothing of the course. Has imported torch, has one thread,
          holds nothing secret, runs no student code. Reads fork requests from its control socket. (`zygote`)
guest     forked from the zygote for one submission. It loads the cells; then it forks for every exercise. Where none
          of its functions keeps anything, it serves those checks itself of which the host knows how they go on
          (`grading.recall`, `grading.stateless`). Checks that ask for a loopback have a guest of their own, in whose
          network namespace `lo` is up. (`guest`)

Between its fork and the first line of student code a guest is confined, in this order; a step that fails ends it
(`confinement`):

0. by the host, while the guest waits: a control group of its own for memory, processes and processors, where the host
   may make one (`cgroups`);
1. by the keeper, its parent: user, mount, pid, network, IPC, UTS and cgroup namespaces of its own, below the zygote's;
2. private file systems for /proc, /tmp and /dev/shm, bounded in bytes and inodes, where nothing can be executed;
3. every descriptor closed but its wire; `lo` brought up where that was asked for;
4. resource limits; no namespaces below its own; no new privileges; all capabilities gone;
5. Landlock, as far as the kernel's ABI goes: reading anywhere but devices, writing only to /tmp and /dev/shm, no TCP,
   no abstract sockets or signals out of here (`landlock`);
6. the filter of system calls, last because it refuses most of the above: an allow-list (`seccomp`, `syscalls`).

The environment was emptied and the generators were seeded in the zygote, which has also left the session's keyring.
Then the guest greets, and the host, before it sends a cell, looks in /proc whether all this holds (`evidence`); what it
found stands in the provenance of every result.

Levels
------

All of this is the level `full` (`level`). Where a machine gives no namespaces there is `reduced`: no bwrap, the zygote
runs as an ordinary user (`launcher`, `descend`), its guests keep the host's namespaces, Landlock decides about files
(the host's root instead of one of their own), a narrower filter refuses what would reach other processes, and the
keeper ends what a guest leaves behind (`confinement.confine_without_namespaces`, `keeper`). At `practice` only
resources are bounded; marks need somebody to ask for them. The level stands on every result.

Pipes
-----

host <-> zygote   control socket: one JSON line a request, with two descriptors: the guest's wire and its status socket.
keeper -> host    status socket: between zygote and guest stands a keeper, which never runs student code; it sends a
                  pidfd of the guest, or why there is none, and lets the guest go at the host's word.
host <-> guest    the wire: length-prefixed frames of plain values (`wire`, `values`); one pair for the guest that has
                  loaded the cells, one more for each fork.

Killing a guest means SIGKILL to the first process of its pid namespace through the pidfd: the kernel then ends
everything in that namespace. Nothing that a guest writes is trusted: a frame is parsed with caps, a value is rebuilt
from raw bytes, and a point is given only for what the host compared itself.
"""
