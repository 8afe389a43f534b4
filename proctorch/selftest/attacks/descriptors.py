"""Finding a descriptor that the host left open."""

import os
import stat

for number in range(3, 1024):
    try:
        found = os.fstat(number)
    except OSError:
        continue
    if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
        print("GOT a file open as", number)
sockets = 0
for number in range(3, 1024):
    try:
        sockets += stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        continue
if sockets > 1:
    print("GOT", sockets, "sockets where one is the wire")
