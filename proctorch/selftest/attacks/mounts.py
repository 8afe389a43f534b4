"""Mounting and unmounting."""

import ctypes

libc = ctypes.CDLL(None, use_errno=True)
for source, place, kind, flags in (
    (b"tmpfs", b"/tmp", b"tmpfs", 0),
    (b"proc", b"/proc", b"proc", 0),
    (b"/", b"/tmp", None, 4096),
):
    if libc.mount(source, place, kind, flags, None) == 0:
        print("GOT a mount on", place)
for place in (b"/tmp", b"/proc", b"/dev/shm", b"/dev"):
    if libc.umount2(place, 2) == 0:
        print("GOT rid of", place)
if libc.chroot(b"/") == 0:
    print("GOT another root")
