from __future__ import annotations

import sys

from proctorch.sandbox.capture import Capture


def test_output_is_kept_and_forgotten():
    capture = Capture(100)
    with capture:
        print("out")
        print("err", file=sys.stderr)
    assert capture.take() == "out\nerr\n"
    assert capture.take() == ""


def test_output_is_bounded_and_the_rest_counted():
    capture = Capture(10)
    with capture:
        for _ in range(1000):
            sys.stdout.write("x" * 100)
    assert capture.take() == "x" * 10 + "\n... and 99990 more characters"


def test_nesting_restores_at_the_outermost_exit():
    before, capture = sys.stdout, Capture(100)
    with capture:
        with capture:
            print("a")
        print("b")
    assert sys.stdout is before
    assert capture.take() == "a\nb\n"
