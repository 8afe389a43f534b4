"""Having or getting a capability."""

import ctypes

libc = ctypes.CDLL(None, use_errno=True)
header, wanted = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
if libc.capset(header, wanted) == 0:
    print("GOT every capability")
held = (ctypes.c_uint32 * 6)()
if libc.capget(header, held) == 0 and any(held):
    print("GOT capabilities")
if libc.prctl(39, 0, 0, 0, 0) != 1:
    print("GOT new privileges")
