"""Changing a file of the host without opening it for writing."""

import os

for change in (
    lambda path: os.chmod(path, 0o600),
    lambda path: os.truncate(path, 0),
    lambda path: os.utime(path, (0, 0)),
    lambda path: os.close(os.open(path, os.O_RDONLY | os.O_TRUNC)),
    lambda path: os.rename(path, path + ".gone"),
    lambda path: os.unlink(path),
    lambda path: os.setxattr(path, "user.mark", b"x"),
):
    for path in (TARGET["file"], os.path.dirname(TARGET["file"])):
        try:
            change(path)
        except OSError:
            continue
        print("GOT hold of", path)
