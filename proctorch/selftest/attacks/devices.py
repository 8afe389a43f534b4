"""Opening or making a device."""

import os
import stat

harmless = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "fd", "stdin", "stdout", "stderr"}
try:
    names = os.listdir("/dev")
except OSError:
    names = ["mem", "kmsg", "sda", "vda", "nvidia0", "kvm", "fuse"]
for name in names:
    try:
        os.close(os.open(f"/dev/{name}", os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        continue
    if name not in harmless:
        print("GOT /dev/", name)
try:
    os.mknod("disk", 0o666 | stat.S_IFBLK, os.makedev(8, 0))
    print("GOT a device of its own")
except OSError:
    pass
