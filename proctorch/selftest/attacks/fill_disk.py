"""Filling a disk."""

LEVELS = ("full",)

written = 0
try:
    for number in range(400):
        with open(f"part{number}", "wb") as stream:
            written += stream.write(bytes(2**20))
except OSError:
    pass
if written > 200 * 2**20:
    print("GOT", written, "bytes on a disk")
