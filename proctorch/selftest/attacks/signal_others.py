"""Ending a process of the host, by its number, its group, its descriptor, or all at once."""

import os
import signal

for pid in (TARGET["victim"], TARGET["host"]):
    for send in (
        lambda: os.kill(pid, signal.SIGKILL),
        lambda: os.killpg(pid, signal.SIGKILL),
        lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL),
    ):
        try:
            send()
        except OSError:
            continue
try:
    os.kill(-1, signal.SIGSTOP)
except OSError:
    pass
