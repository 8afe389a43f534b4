"""What passes the ladder and what does not; the messages are in tests/golden/ladder."""

from __future__ import annotations

import subprocess
import sys
import timeit
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proctorch.errors import CheckFailure
from proctorch.grading.assertions import assert_close, assert_equal, assert_type, fail

NAN, INF = float("nan"), float("inf")
X = torch.tensor([[1.0, -2.0, 3.5], [0.25, 5.0, 6.0]])


def refused(actual: Any, expected: Any, assertion: Any = assert_close, **options: Any) -> CheckFailure:
    with pytest.raises(CheckFailure) as caught:
        assertion(actual, expected, **options)
    return caught.value


def named(value: Any) -> str:
    """Name a case by its type: the values themselves are made to defeat `str`."""
    return value if isinstance(value, str) else type(value).__name__


class Liar(torch.Tensor):
    """Every operation on it says yes."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return True


class AlwaysEqual(float):
    """A float equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (X, X),
        (X.double(), X),
        (X, X.double()),
        (X.bfloat16(), X),
        (X.T.contiguous().T, X),
        (torch.nn.Parameter(X), X),
        (X.requires_grad_(False), torch.nn.Parameter(X)),
        (torch.tensor([1, 2]), torch.tensor([1.0, 2.0])),
        (torch.tensor([1.0, 2.0]), torch.tensor([1, 2])),
        (torch.tensor([NAN, INF, -INF]), torch.tensor([NAN, INF, -INF])),
        (torch.empty(0, 3), torch.empty(0, 3)),
        (torch.zeros(5) + 1e-7, torch.zeros(5)),
        (torch.tensor(2.0), 2.0),
        (np.float32(0.1), 0.1),
        (torch.tensor(0.1).item(), 0.1),
        (2, 2.0),
        (2.0, 2),
        (NAN, NAN),
        (10**400, 10**400),
        (1 + 2j, torch.tensor(1 + 2j).item()),
        (X.to(torch.complex64), X),
        ([1.0, X], (1.0, X)),
        ((1.0, X), [1.0, X]),
        ({"b": X, "a": 1.0}, {"a": 1.0, "b": X}),
        (X.max(dim=1), (X.max(dim=1).values, X.max(dim=1).indices)),
        (X.numpy().astype(">f4"), X.numpy()),
        (X.numpy()[::-1], X.flip(0).numpy()),
        (np.array(["a", "b"]), np.array(["a", "b"])),
        (X.to_sparse(), X.to_sparse()),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=[5, 6]), pd.DataFrame({"a": [1, 2], "b": ["x", None]})),
        (pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0])),
        ("cat", "cat"),
        (np.str_("cat"), "cat"),
        (np.datetime64("2020"), np.datetime64("2020")),
        (None, None),
        (torch.ones(2, dtype=torch.float8_e4m3fn), torch.ones(2, dtype=torch.float8_e4m3fn)),
        (torch.ones(2, dtype=torch.uint16), torch.ones(2, dtype=torch.uint64)),
        (torch.ones(2, device="meta"), torch.ones(2, device="meta")),
    ],
    ids=named,
)
def test_right_results_pass(actual: Any, expected: Any) -> None:
    assert_close(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "rung"),
    [
        (torch.zeros(2).as_subclass(Liar), torch.ones(2), "type"),
        (AlwaysEqual(1.0), 2.0, "type"),
        (AlwaysEqual(2.0), torch.tensor(2.0), "type"),
        (True, 1, "type"),
        (1, True, "type"),
        (np.True_, 1, "dtype"),
        (2.0, torch.tensor(2.0), "type"),
        ([1.0, 2.0], torch.tensor([1.0, 2.0]), "type"),
        (torch.tensor([1.0, 2.0]), [1.0, 2.0], "type"),
        (np.ma.masked_array([1.0], mask=[True]), np.array([2.0]), "type"),
        (X.to_sparse(), X, "type"),
        (torch.tensor([True]), torch.tensor([1.0]), "dtype"),
        (np.array([1.0], dtype=object), np.array([1.0]), "dtype"),
        (torch.tensor(1.0), torch.ones(3), "shape"),
        (torch.empty(0), torch.ones(3), "shape"),
        (torch.ones(1).expand(10**12), torch.ones(3), "shape"),
        ([], [1.0], "shape"),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0}, "shape"),
        ({True: 1.0}, {1: 1.0}, "shape"),
        (X.to("meta"), X, "device"),
        (X.T.to("meta"), X, "shape"),
        (np.broadcast_to(np.float32(1), (10**6, 10**6)), np.ones(3, dtype=np.float32), "shape"),
        (torch.tensor([1, 3], dtype=torch.uint64), torch.tensor([1, 2], dtype=torch.uint64), "values"),
        (torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]), X, "type"),
        (10**5000, True, "type"),
        (torch.tensor(1.0), 10**5000, "values"),
        (torch.full((3,), NAN), torch.ones(3), "finite"),
        (torch.tensor([1.0, INF]), torch.ones(2), "finite"),
        (NAN, 1.0, "finite"),
        (torch.ones(2), torch.tensor([1.0, NAN]), "values"),
        (torch.tensor([1.0, 5.0]), torch.tensor([1.0, INF]), "values"),
        (torch.tensor([-INF]), torch.tensor([INF]), "values"),
        (torch.tensor([INF]), torch.tensor([NAN]), "values"),
        (5.0, INF, "values"),
        (10**5000, 1.0, "values"),
        (10**5000, INF, "values"),
        (10**5000, 10**5000 + 1, "values"),
        (torch.tensor([2**53]), torch.tensor([2**53 + 1]), "values"),
        (torch.tensor([2**63], dtype=torch.uint64), torch.tensor([-(2**63)]), "values"),
        (torch.tensor(2.0), 2.1, "values"),
        (torch.tensor([1e-3]), torch.tensor([1.1e-3]), "values"),
        (X.double() * (1 + 1e-5), X.double(), "values"),
    ],
    ids=named,
)
def test_wrong_results_fail_at_their_rung(actual: Any, expected: Any, rung: str) -> None:
    assert refused(actual, expected).rung == rung


def test_hidden_methods_of_a_tensor_are_not_called() -> None:
    wrong = torch.zeros(2)
    wrong.detach = lambda: torch.ones(2)  # type: ignore[method-assign]
    wrong.item = lambda: 1.0  # type: ignore[method-assign]
    assert refused(wrong, torch.ones(2)).rung == "values"
    assert refused([wrong], [torch.ones(2)]).rung == "values"


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (torch.tensor([1, 2], dtype=torch.int32), torch.tensor([1, 2])),
        (torch.tensor(3), 3),
        (np.int64(3), 3),
        (3, 3.0),
        (torch.Size([2, 3]), (2, 3)),
        ([2, 3], torch.Size([2, 3])),
        (torch.float32, torch.float32),
        (torch.device("cpu"), torch.device("cpu")),
        ({1, 2}, {2, 1}),
        (X > 0, X > 0),
        (NAN, NAN),
    ],
    ids=named,
)
def test_equal_results_pass(actual: Any, expected: Any) -> None:
    assert_equal(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "rung"),
    [
        (3.0, 3, "type"),
        (True, 1, "type"),
        (torch.tensor([1.0]), torch.tensor([1]), "dtype"),
        (torch.tensor(1.0), 1, "dtype"),
        (0.1 + 0.2, 0.3, "values"),
        (torch.tensor([0.1]), torch.tensor([0.1], dtype=torch.float64), "values"),
        ((True, 2), (1, 2), "values"),
        ({1}, {1, 2}, "values"),
        ("cat", "dog", "values"),
        (torch.float64, torch.float32, "values"),
        ("torch.float32", torch.float32, "type"),
    ],
    ids=named,
)
def test_unequal_results_fail(actual: Any, expected: Any, rung: str) -> None:
    assert refused(actual, expected, assert_equal).rung == rung


def test_rungs_are_climbed_in_order() -> None:
    everything_wrong = torch.full((3, 2), NAN, dtype=torch.float64)
    assert refused(everything_wrong, X, dtype=torch.float32, grad=True).rung == "dtype"
    assert refused(everything_wrong, X, grad=True).rung == "shape"
    assert refused(everything_wrong.T.contiguous(), X, grad=True).rung == "attached"
    assert refused(everything_wrong.T.contiguous(), X).rung == "finite"


def test_dtype_and_graph_may_be_demanded() -> None:
    leaf = X.clone().requires_grad_()
    assert_close(leaf * 2, X * 2, dtype=torch.float32, grad=True)
    assert_close((leaf * 2).detach(), X * 2, grad=False)
    assert_close(np.float32(2.0), 2.0, dtype=np.float32)
    assert refused(torch.tensor(2.0), 2.0, dtype=torch.float64).rung == "dtype"
    assert refused(2.0, 2.0, grad=True).rung == "attached"


def test_named_tolerances_replace_their_half() -> None:
    assert_close(1.05, 1.0, rtol=0.1)
    assert_close(torch.tensor([1.05]), torch.tensor([1.0]), atol=0.1)
    assert_close(torch.tensor([11]), torch.tensor([10]), atol=1.0)
    assert_close(11, 10, atol=1.0)
    assert refused(torch.tensor([1.0 + 1e-6]), torch.tensor([1.0]), rtol=0.0, atol=0.0).rung == "values"


def test_types() -> None:
    for value, kind in [(1, int), (np.int64(1), int), (np.float64(1.0), float), ((1,), tuple), (X, torch.Tensor)]:
        assert_type(value, kind)
    assert_type(torch.nn.Linear(1, 1), torch.nn.Module)
    assert_type(None, (type(None), int))
    for value, kind in [(True, int), (1, float), (AlwaysEqual(1.0), float), (X.as_subclass(Liar), torch.Tensor)]:
        assert refused(value, kind, assert_type).rung == "type"


def test_an_expectation_without_a_rule_is_the_authors_error() -> None:
    with pytest.raises(TypeError, match="no rule says when a result equals"):
        assert_close(object(), object())


def test_fail_keeps_its_words() -> None:
    with pytest.raises(CheckFailure) as caught:
        fail("it went from 3 to 4")
    assert (caught.value.rung, caught.value.sentence) == ("claim", "it went from 3 to 4")
    assert "3" not in caught.value.safe


numbers = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@example([1325.0], [1317.0], torch.float16)
@given(numbers, numbers, st.sampled_from([torch.float16, torch.float32, torch.float64, torch.int64, torch.bool]))
def test_whatever_is_said_safely_holds_no_value(ours: list[float], theirs: list[float], dtype: torch.dtype) -> None:
    expected = torch.tensor(ours)
    try:
        assert_close(torch.tensor(theirs).to(dtype), expected, what="the result")
    except CheckFailure as failure:
        told = failure.safe.replace("an axis of size 1", "").replace("n - 1", "").replace("in float16 they", "they")
        assert not any(mark.isdigit() for mark in told)
        assert len(failure.sentence) < 500


@settings(max_examples=100, deadline=None)
@given(numbers, st.integers(0, 11), st.floats(0.01, 10.0))
def test_one_wrong_element_is_found(values: list[float], place: int, relative: float) -> None:
    expected = torch.tensor(values, dtype=torch.float64)
    actual = expected.clone()
    size = max(float(expected.abs().max()), 1.0)  # below that, the floor of the tolerance counts
    actual[place % len(values)] += relative * size
    assert_close(expected.clone(), expected)
    assert refused(actual, expected).rung == "values"


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_operations_costs_nothing(seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    x, w = torch.randn(64, 784, generator=rng), torch.randn(10, 784, generator=rng)
    assert_close(torch.stack([(x * row).sum(1) for row in w], 1), x @ w.T)
    assert_close((x**2).mean(1) - x.mean(1) ** 2, x.var(1, correction=0))
    assert_close(((x - x.mean(0)) / x.std(0)).mean(0), torch.zeros(784))
    logits = x[:, :10] * 10
    assert_close((logits - logits.logsumexp(1, keepdim=True)).exp(), logits.softmax(1))
    assert_close(logits.half().float().softmax(1).half(), logits.softmax(1), dtype=torch.float16)
    assert_close(sum(x[0].tolist()), x[0].sum().item())


FLOATS = [
    torch.float8_e4m3fn, torch.float8_e5m2, torch.bfloat16, torch.float16, torch.float32, torch.float64,
]  # fmt: skip


@pytest.mark.parametrize("demanded", [None, *FLOATS], ids=str)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_zeros_are_never_the_answer(dtype: torch.dtype, demanded: torch.dtype | None) -> None:
    if demanded in (None, dtype):
        small = [X * 1e-3] if demanded is None else []
        for expected in (X, X.double(), X.to(dtype), X * 1e3, *small):
            with pytest.raises(CheckFailure):
                assert_close(torch.zeros_like(expected, dtype=dtype), expected, dtype=demanded)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_who_rounds_gains_nothing(dtype: torch.dtype) -> None:
    rng = torch.Generator().manual_seed(0)
    right = torch.rand(50, generator=rng) + 0.5
    for wrong in (right * 1.03, right + 1e-3, right):
        assert refused(wrong.to(dtype), right).rung == "values"
    assert "too few digits" in refused(right.to(dtype), right).sentence
    assert_close(right.to(dtype), right.to(dtype))
    assert_close(right.to(dtype), right, dtype=dtype)


def test_a_right_tensor_is_judged_in_no_time() -> None:
    near = X + 1e-7
    assert min(timeit.repeat(lambda: assert_close(near, X), number=100, repeat=5)) / 100 < 1e-3


def test_torch_testing_is_not_imported() -> None:
    code = "import sys, torch; before = set(sys.modules); import proctorch.grading.assertions; "
    code += "print(*[name for name in set(sys.modules) - before if name.startswith('torch')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch.testing._comparison" not in done.stdout.split()
