# %%
import os

import torch

import struct

from proctorch.sandbox import server

encode = server.encode


def encode_raw(value, *rest):
    """Encode a value as the boundary would; RAW in it stands for bytes of the attacker's own."""
    return encode(value, *rest).replace(encode("RAW"), ANSWER)


def number(value):
    content = value.to_bytes(16, "little", signed=True)
    return b"i" + struct.pack("<I", len(content)) + content


server.encode = encode_raw

ANSWER = b"T" + bytes((9, 0, 1, 0)) + struct.pack("<Q", 1) + encode("cpu") + struct.pack("<Q", 1) + b"\x07"


# %% exercise="naive" points=4
def naive(values):
    return "RAW"
