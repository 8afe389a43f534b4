"""Sleeping without end, which uses no CPU time."""

ENDS_BY = ("GuestTimeout",)

import time

time.sleep(3600)
