from __future__ import annotations

import traceback
from pathlib import Path

import pytest
import torch

import proctorch
from proctorch.sandbox.cells import LONGEST_MESSAGE, describe_failure, new_namespace, run_cell


@pytest.fixture
def names():
    return new_namespace().__dict__


def test_a_syntax_error_spoils_its_cell_only(names):
    failure = run_cell(names, "cell 2", "x = 1\ndef broken(:\n    pass")
    assert (failure["type"], failure["cell"], failure["line"]) == ("SyntaxError", "cell 2", 2)
    assert run_cell(names, "cell 3", "y = 2") is None
    assert "x" not in names and names["y"] == 2


def test_a_missing_import_spoils_what_uses_it(names):
    assert (
        run_cell(names, "cell 1", 'def f(x: Float[Tensor, "n"]) -> Tensor:\n    return x + 1\n\nG = np.pi') is not None
    )
    assert names["f"](1) == 2


def test_what_stood_above_the_line_that_raised_stays(names):
    failure = run_cell(names, "cell 4", "a = 1\nb = a / 0\nc = 3")
    assert (failure["type"], failure["line"], names["a"]) == ("ZeroDivisionError", 2, 1)
    assert "c" not in names


def test_top_level_await(names):
    assert run_cell(names, "cell 1", "import asyncio\nawait asyncio.sleep(0)\nx = 5") is None
    assert names["x"] == 5


def test_the_name_is_main(names):
    run_cell(names, "cell 1", "ran = __name__ == '__main__'")
    assert names["ran"]


def test_torchscript_finds_its_source(names):
    source = "import torch\n\ndef double(x: torch.Tensor) -> torch.Tensor:\n    return x * 2\n"
    source += "\nscripted = torch.jit.script(double)"
    failure = run_cell(names, "cell 7", source)
    if failure is not None:  # postponed annotations are strings, which TorchScript resolves in the function's globals
        pytest.fail(failure["trace"])
    assert names["scripted"](torch.ones(1)).item() == 2


def test_tracebacks_show_the_student_s_line(names):
    run_cell(names, "cell 8", "def fail():\n    raise ValueError('why')")
    try:
        names["fail"]()
    except ValueError as error:
        said = describe_failure(error)
        assert "raise ValueError('why')" in "".join(traceback.format_exception(error))
    assert (said["cell"], said["line"], said["message"]) == ("cell 8", 2, "why")
    assert said["bases"][:2] == ["ValueError", "Exception"]


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("raise ValueError('mine')", True),
        ("assert False, 'mine'", True),
        ("int('x')", False),
        ("raised = int('x')", False),
        ("raise_it('x')", True),
        ("import json\n    json.loads('x')", False),
    ],
)
def test_whose_words_an_exception_has(names, body, own):
    run_cell(names, "cell 9", f"def raise_it(x):\n    raise KeyError(x)\ndef fail():\n    {body}")
    with pytest.raises(Exception) as caught:
        names["fail"]()
    assert describe_failure(caught.value)["own"] is own


def test_the_trace_has_no_frame_of_ours(names):
    from proctorch.lab import simulated_gpu

    run_cell(names, "cell 9", "import torch\ndef fail():\n    return torch.ones(2, device='cuda') + torch.ones(2)")
    with simulated_gpu(), pytest.raises(RuntimeError) as caught:
        names["fail"]()
    said = describe_failure(caught.value)
    assert "torch.ones(2, device='cuda')" in said["trace"]
    assert str(Path(proctorch.__file__).parent) not in said["trace"]


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no")


class Strange(Exception):
    def __str__(self):
        return 5  # type: ignore[return-value]


class Long(Exception):
    def __str__(self):
        return "x" * 10**7


@pytest.mark.parametrize("kind", [Mute, Strange, Long, RecursionError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_describing_never_raises(kind):
    said = describe_failure(kind())
    assert said["type"] == kind.__name__
    assert type(said["message"]) is str and len(said["message"]) <= LONGEST_MESSAGE


def test_an_exit_in_a_cell_is_a_failure_of_the_cell(names):
    assert run_cell(names, "cell 1", "raise SystemExit(0)")["type"] == "SystemExit"


@pytest.mark.parametrize(
    ("error", "stub", "memory"),
    [
        (NotImplementedError(), True, False),
        (NotImplementedError("later"), False, False),
        (MemoryError(), False, True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), False, True),
        (ValueError("can't allocate memory"), False, False),
    ],
)
def test_stubs_and_memory_are_told_apart(error, stub, memory):
    said = describe_failure(error)
    assert (said["stub"], said["memory"]) == (stub, memory)
