"""Where a check's inputs come from: one number for each check and version of its grader, the same for every student.

The number is HMAC-SHA256 of the check's id and its grader's version under the course secret, so nobody without the
secret can predict the inputs of a hidden check. The guest's own generators start from another number of the same
kind, which tells nothing about the first.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Iterator
from contextlib import contextmanager

PRACTICE_SECRET = b"practice"


def derive(secret: bytes, purpose: str, check: str, version: str) -> int:
    """Return a number of 63 bits for a purpose (`inputs` or `guest`) of one check."""
    text = "\x00".join((purpose, check, version)).encode()
    return int.from_bytes(hmac.new(secret, text, hashlib.sha256).digest()[:8], "little") >> 1


def fingerprint(secret: bytes) -> str:
    """Return 16 hexadecimal digits that tell one secret from another and give nothing of it away."""
    return hashlib.sha256(b"fingerprint of the course secret\x00" + secret).hexdigest()[:16]


@contextmanager
def seeded_state(seed: int) -> Iterator[None]:
    """Run a check with all generators started from `seed`, one thread, float32 and gradients on; then restore all."""
    import numpy as np
    import torch

    kept = (torch.get_rng_state(), np.random.get_state(), random.getstate())
    modes = (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())
    torch.default_generator.manual_seed(seed)  # torch.manual_seed formats a stack for CUDA: 3 ms
    np.random.seed(seed % 2**32)
    random.seed(seed)
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_rng_state(kept[0])
        np.random.set_state(kept[1])
        random.setstate(kept[2])
        torch.set_grad_enabled(modes[0])
        torch.set_default_dtype(modes[1])
        torch.set_num_threads(modes[2])
