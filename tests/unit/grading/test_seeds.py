from __future__ import annotations

import random

import numpy as np
import torch

from proctorch.grading.seeds import derive, fingerprint, seeded_state


def test_every_part_changes_the_number():
    base = ("inputs", "softmax::test_rows", "v1")
    numbers = {
        derive(secret, *parts) for secret in (b"a", b"b") for parts in (base, ("guest", *base[1:]), (*base[:2], "v2"))
    }
    assert len(numbers) == 6
    assert all(0 <= number < 2**63 for number in numbers)
    assert derive(b"a", *base) == derive(b"a", *base)


def test_parts_cannot_be_shifted_into_each_other():
    assert derive(b"a", "inputs", "xy", "z") != derive(b"a", "inputs", "x", "yz")


def test_a_fingerprint_gives_nothing_away():
    assert fingerprint(b"a") != fingerprint(b"b")
    assert len(fingerprint(b"secret")) == 16 and "secret" not in fingerprint(b"secret")


def test_the_state_is_started_and_put_back():
    torch.set_default_dtype(torch.float64)
    try:
        before = (torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist())
        draws = []
        for _ in range(2):
            with torch.no_grad(), seeded_state(7):
                assert torch.is_grad_enabled() and torch.get_default_dtype() is torch.float32
                assert torch.get_num_threads() == 1
                draws.append((torch.rand(2).tolist(), random.random(), np.random.rand()))
                torch.set_grad_enabled(False)
        assert draws[0] == draws[1]
        assert torch.is_grad_enabled() and torch.get_default_dtype() is torch.float64
        assert torch.equal(before[0], torch.get_rng_state())
        assert before[1:] == (random.getstate(), np.random.get_state()[1].tolist())
    finally:
        torch.set_default_dtype(torch.float32)


def test_the_state_is_put_back_after_an_exception():
    before = torch.get_rng_state()
    try:
        with seeded_state(7):
            torch.rand(3)
            raise ValueError
    except ValueError:
        pass
    assert torch.equal(before, torch.get_rng_state())
