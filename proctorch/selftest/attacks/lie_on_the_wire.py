"""Announcing an answer of two gigabytes on the wire."""

ENDS_BY = ("ProtocolViolation", "GuestCrashed")

import os
import stat

for number in range(3, 1024):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, (2**31).to_bytes(4, "little") + bytes(60))
    except OSError:
        continue
