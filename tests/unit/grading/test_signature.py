"""Headers are read without running anything, and results are held to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from proctorch.errors import CheckFailure
from proctorch.grading.annotations import AnyOf, ArraySpec, Plain, TupleOf, Unchecked
from proctorch.grading.axes import Binding, bind_axes, describe_axes, parse_axes
from proctorch.grading.signature import axis_names, bind_arguments, check_return, parse_signature

SOFTMAX = 'def softmax(logits: Float[Tensor, "batch classes"], dim: int = 1) -> Float[Tensor, "batch classes"]'


def rung(header: str, value: Any, *args: Any, **kwargs: Any) -> str | None:
    """Return the rung that a returned value fails at, or None."""
    signature = parse_signature(header)
    try:
        check_return(signature, signature.name, args, kwargs, value)
    except CheckFailure as failure:
        return failure.rung
    return None


def test_a_header_is_read() -> None:
    signature = parse_signature(SOFTMAX + ":")
    assert signature.name == "softmax"
    assert [(parameter.name, parameter.kind, parameter.default) for parameter in signature.params] == [
        ("logits", "positional", None),
        ("dim", "positional", 1),
    ]
    assert isinstance(signature.returns, ArraySpec)
    assert (signature.returns.kind, signature.returns.array) == ("Float", "Tensor")
    assert [axis.name for axis in signature.returns.axes or ()] == ["batch", "classes"]


def test_self_is_no_argument_and_every_kind_of_parameter_is_known() -> None:
    signature = parse_signature("def forward(self, x, /, y=2, *rest, z: int = 3, **more)")
    kinds = [(parameter.name, parameter.kind) for parameter in signature.params]
    assert kinds == [
        ("x", "positional"),
        ("y", "positional"),
        ("rest", "args"),
        ("z", "keyword"),
        ("more", "kwargs"),
    ]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("Tensor", ArraySpec("Shaped", "Tensor")),
        ("torch.Tensor", ArraySpec("Shaped", "Tensor")),
        ("np.ndarray", ArraySpec("Shaped", "ndarray")),
        ("int", Plain("int")),
        ("None", Plain("None")),
        ("torch.dtype", Plain("dtype")),
        ("np.dtype", Unchecked()),
        ("float | None", AnyOf((Plain("float"), Plain("None")))),
        ("Optional[float]", AnyOf((Plain("float"), Plain("None")))),
        ("Union[int, Any]", Unchecked()),
        ("tuple[int, ...]", TupleOf((Plain("int"),), repeated=True)),
        ("'Tensor'", ArraySpec("Shaped", "Tensor")),
        ("nn.Module", Unchecked()),
        ("Iterator[Tensor]", Unchecked()),
        ("Callable[[int], int]", Unchecked()),
    ],
)
def test_annotations(annotation: str, expected: Any) -> None:
    assert parse_signature(f"def f() -> {annotation}").returns == expected


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("def f(x", "column"),
        ("x = 1", "column 6"),
        ("class Net(nn.Module)", "not the header of one function"),
        ('def f(x: Float[Tensor, "a ... *b"]) -> Tensor', "more than one"),
        ('def f(x: Float[Tensor, "n--"]) -> Tensor', "column 10.*`n--` cannot be read"),
        ('def f(x: Float[Tensor, "n/2"]) -> Tensor', "n/2"),
        ('def f(x: Float[Tensor, "open(1)"]) -> Tensor', r"open\(1\)"),
        ("def f(x: Float[Tensor]) -> Tensor", "should be like Float"),
    ],
)
def test_an_unreadable_header_says_where(header: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_signature(header)


@pytest.mark.parametrize(
    ("axes", "shape", "fits"),
    [
        ("", (), True),
        ("", (1,), False),
        ("n n", (3, 3), True),
        ("n n", (3, 4), False),
        ("4 rows=5", (4, 5), True),
        ("4 rows=5", (4, 6), False),
        ("... n", (7, 8, 9), True),
        ("... n", (), False),
        ("*b n", (9,), True),
        ("_ _any 2", (1, 5, 2), True),
        ("n #n", (3, 1), True),
        ("n #n", (3, 2), False),
        ("n n-1 2*n", (3, 2, 6), True),
        ("n n-1", (3, 3), False),
        ("n-1 n", (9, 3), True),
    ],
)
def test_axes(axes: str, shape: tuple[int, ...], fits: bool) -> None:
    assert bind_axes(parse_axes(axes), shape, Binding()) is fits


def test_axes_are_described() -> None:
    binding = Binding(sizes={"n": 3}, groups={"b": (2, 5)})
    axes = parse_axes("*b n n+1 k 4 _ ...".replace(" ...", ""))
    assert describe_axes(axes, binding) == "(2, 5, n=3, n+1=4, k, 4, _)"
    assert describe_axes(parse_axes("n"), None) == "(n,)"


FLOATS, LOGITS = torch.zeros(7), torch.zeros(32, 10)


@pytest.mark.parametrize(
    ("returns", "value", "expected"),
    [
        ('Float[Tensor, "n"]', FLOATS, None),
        ('Float[Tensor, "n"]', FLOATS.double(), None),
        ('Float[Tensor, "n"]', FLOATS.bfloat16(), None),
        ('Float[Tensor, "n"]', torch.nn.Parameter(FLOATS), None),
        ('Float[Tensor, "n"]', FLOATS.long(), "dtype"),
        ('Float[Tensor, "n"]', FLOATS.tolist(), "type"),
        ('Float[Tensor, "n"]', FLOATS.numpy(), "type"),
        ('Float[Tensor, "n"]', FLOATS[:3], "shape"),
        ('Float[Tensor, "n"]', None, "type"),
        ('Float[np.ndarray, "n"]', FLOATS.numpy(), None),
        ('Float[np.ndarray, "n"]', FLOATS, "type"),
        ('Float32[Tensor, "n"]', FLOATS.double(), "dtype"),
        ('Int[Tensor, "n"]', FLOATS.int(), None),
        ('Int[Tensor, "n"]', FLOATS.bool(), "dtype"),
        ('Bool[Tensor, "n"]', FLOATS.bool(), None),
        ('UInt8[Tensor, "n"]', FLOATS.byte(), None),
        ('Shaped[Tensor, "n"]', FLOATS.bool(), None),
        ('Num[Tensor, "n"]', FLOATS.bool(), "dtype"),
        ('Complex[Tensor, "n"]', FLOATS.cfloat(), None),
        ('Inexact[Tensor, "n"]', FLOATS.long(), "dtype"),
        ("Tensor", FLOATS.bool(), None),
        ('Float[Tensor, ""]', torch.tensor(1.0), None),
        ('Float[Tensor, ""]', torch.ones(1), "shape"),
        ('Float[Tensor, ""]', 1.0, "type"),
        ('Float[Tensor, "{k} n"]', torch.zeros(3, 7), None),
        ('Float[Tensor, "{k} n"]', torch.zeros(4, 7), "shape"),
        ('Float[Tensor, "k"]', torch.zeros(4), "shape"),
        ("float", 1.0, None),
        ("float", 1, None),
        ("float", np.float32(1.0), None),
        ("float", True, "type"),
        ("float", torch.tensor(1.0), "type"),
        ("int", 1, None),
        ("int", np.int64(1), None),
        ("int", True, "type"),
        ("int", 1.0, "type"),
        ("bool", np.True_, None),
        ("bool", 1, "type"),
        ("str", "a", None),
        ("None", FLOATS, None),
        ("torch.dtype", torch.float32, None),
        ("torch.dtype", "float32", "type"),
        ("torch.device", torch.device("cpu"), None),
        ("torch.Size", (1, 2), None),
        ("tuple[int, ...]", torch.Size([1, 2]), None),
        ("tuple[int, ...]", [1, 2.5], "type"),
        ("tuple[int, float]", (1, 2.5), None),
        ("tuple[int, float]", (1,), "shape"),
        ("tuple[Tensor, Tensor]", LOGITS.max(dim=1), None),
        ("tuple", 3, "type"),
        ("list[float]", [1.0, 2], None),
        ("list[float]", [1.0, "2"], "type"),
        ("list", ["anything", None], None),
        ("dict[str, float]", {"a": 1.0}, None),
        ("dict[str, float]", {"a": "b"}, "type"),
        ("dict[str, float]", [], "type"),
        ('Float[Tensor, "n"] | None', None, None),
        ('Float[Tensor, "n"] | None', torch.zeros(6), "shape"),
        ("int | float", "1", "type"),
        ("Any", object(), None),
        ("nn.Module", 3, None),
    ],
)
def test_results_are_held_to_the_header(returns: str, value: Any, expected: str | None) -> None:
    header = f'def f(x: Float[Tensor, "n"], k: int = 3) -> {returns}'
    assert rung(header, value, FLOATS) == expected


def test_no_annotation_asks_for_nothing() -> None:
    assert rung("def f(x)", object(), 3) is None


def test_sizes_come_from_every_kind_of_argument() -> None:
    header = (
        'def f(a: Float[Tensor, "a"], *rest: Float[Tensor, "r"], k: tuple[Int[np.ndarray, "k"], int], '
        'l: list[Tensor], d: dict[str, Float[Tensor, "d"]], o: Float[Tensor, "o"] | None, **more: Float[Tensor, "m"]) '
        '-> Float[Tensor, "a r k d o m"]'
    )
    signature = parse_signature(header)
    kwargs: dict[str, Any] = {
        "k": (np.zeros(3, dtype=int), 9),
        "l": [],
        "d": {"x": torch.zeros(4)},
        "o": torch.zeros(5),
        "extra": torch.zeros(6),
    }
    binding = bind_arguments(signature, (torch.zeros(1), torch.zeros(2), torch.zeros(2)), kwargs)
    assert binding.sizes == {"a": 1, "r": 2, "k": 3, "d": 4, "o": 5, "m": 6}


def test_arguments_that_break_the_signature_cost_the_student_nothing() -> None:
    header = 'def f(x: Float[Tensor, "n"], y: Float[Tensor, "n"]) -> Float[Tensor, "n"]'
    assert rung(header, torch.zeros(9), torch.zeros(2), torch.zeros(3)) is None
    assert rung(header, torch.zeros(9), "not a tensor", torch.zeros(2, 2), 3, 4, z=5) is None


def test_new_names_must_agree_within_the_result() -> None:
    header = 'def f(x) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]'
    assert rung(header, (torch.zeros(2), torch.zeros(2)), 1) is None
    assert rung(header, (torch.zeros(2), torch.zeros(3)), 1) == "shape"


def test_the_message_names_the_axes_and_the_safe_one_no_size() -> None:
    signature = parse_signature(SOFTMAX)
    with pytest.raises(CheckFailure) as caught:
        check_return(signature, "softmax", (LOGITS,), {}, LOGITS.T)
    assert str(caught.value) == (
        "softmax returned shape (10, 32), expected (batch=32, classes=10): the axes are swapped"
    )
    assert caught.value.safe == "softmax returned the wrong shape, expected (batch, classes): the axes are swapped"


def test_names_of_axes_can_be_asked_for() -> None:
    signature = parse_signature('def f(x: Float[Tensor, "*b n"]) -> tuple[Float[Tensor, "*b n 3"], int] ')
    binding = bind_arguments(signature, (torch.zeros(2, 4, 5),), {})
    assert axis_names(signature, binding, item=0) == ("", "", "n", "")
    assert axis_names(signature, binding, item=1) == ()
    assert axis_names(parse_signature(SOFTMAX), Binding()) == ("batch", "classes")


def test_subclasses_of_tensor_are_refused() -> None:
    class Liar(torch.Tensor):
        pass

    assert rung(SOFTMAX, LOGITS.as_subclass(Liar), LOGITS) == "type"
