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
guest     forked from the zygote for one submission. Between the fork and the first line of student code it gets
          namespaces of its own, fresh file systems, resource limits, no capabilities, and loses every descriptor but
          its wire. Loads the cells; then forks once more for every exercise. Checks that ask for a
          loopback have a guest of their own, in whose network namespace `lo` is up. (`confinement`, `guest`)

Pipes
-----

host <-> zygote   control socket: one JSON line a request, with two descriptors: the guest's wire and its status socket.
keeper -> host    status socket: between zygote and guest stands a keeper, which never runs student code; it sends a
                  pidfd of the guest, or why there is none, and lets the guest go at the host's word.
host <-> guest    the wire: length-prefixed frames of plain values (`wire`, `values`); one pair for the guest that has
                  loaded the cells, one more for each exercise.

Killing a guest means SIGKILL to the first process of its pid namespace through the pidfd: the kernel then ends
everything in that namespace. Nothing that a guest writes is trusted: a frame is parsed with caps, a value is rebuilt
from raw bytes, and a point is given only for what the host compared itself.
"""
