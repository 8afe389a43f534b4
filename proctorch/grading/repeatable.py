"""Is it the same when it is done again? `assert_same_twice` finds what is random where the same seed should decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proctorch.errors import CheckFailure
from proctorch.grading.ladder import Rules, call_of
from proctorch.grading.phrases import Subject
from proctorch.grading.progress import note_right, running
from proctorch.grading.structure import compare

_RANDOM = "it is random where the same seed should give the same"


def assert_same_twice(ask: Callable[[], Any], what: str | None = None) -> Any:
    """Check that asking twice gives the same, but for rounding, and return the first answer.

    Where the function is given its seed, ask it twice as it is; a function that ignores the seed answers differently:

        noise = assert_same_twice(lambda: student.noise(5, seed=3))

    Where it should use torch's own generator, start that again before each call:

        def dropped():
            student.reseed(3)
            return student.dropout(x, 0.5)
        assert_same_twice(dropped)

    Raises CheckFailure, and TypeError for a result that cannot be compared.
    """
    first = ask()
    progress = running()
    call = call_of(first) or (progress.last if progress is not None else None)
    subject = Subject(None if call is None else call.name, what)
    try:
        compare(ask(), first, Rules(), subject)
    except CheckFailure as failure:
        sentence = f"something else the second time: {_RANDOM}"
        raise CheckFailure("random", subject.gave(sentence), subject.safely_gave(sentence)) from failure
    note_right()
    return first
