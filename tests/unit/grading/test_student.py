"""`student` means the same at home and in the sandbox: every test runs on both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from proctorch.errors import (
    CheckFailure,
    GraderBroken,
    GuestFailure,
    NameMissing,
    NotImplementedYet,
    ProtocolViolation,
    StudentRaised,
)
from proctorch.grading.student import StudentFunction, StudentObject

SOURCE = """
import pandas as pd

LIMIT = 3
TABLE = {"a": [1, (2.5, None)]}

def echo(*args, **kwargs):
    return (args, kwargs) if kwargs else args[0] if len(args) == 1 else args

def stub(x):
    raise NotImplementedError()

def later(x):
    raise NotImplementedError("not for complex numbers")

def bad(kind):
    raise {"value": ValueError("no"), "key": KeyError("k"), "own": Own("mine")}[kind]

class Own(LookupError):
    pass

def says(text):
    print(text)
    return len(text)

def count_up(n):
    for number in range(n):
        yield number

def adder(n):
    def add(x):
        return x + n
    return add

class Counter:
    step = 2

    def __init__(self, start=0):
        self.count = start

    def __call__(self):
        self.count += self.step
        return self.count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return index * 10

    def reset(self, to=0):
        self.count = to

def total(counter):
    return counter() + counter()

def apply(f, *values):
    return [f(value) for value in values]

def compose(f, g):
    return lambda x: f(g(x))

def guarded(f, x):
    try:
        return f(x)
    except Exception as error:
        return type(error).__name__, str(error)

def derivative(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / (2 * h)

def add_one_(x):
    x += 1
    return x

def append_(items):
    items.append(len(items))

def fill_(array):
    array[:] = array + 7

def write(name):
    with open(name, "wb") as stream:
        stream.write(b"abc" * 10)

class Tensor2(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True

class Text(str):
    def __eq__(self, other):
        return True
    __hash__ = str.__hash__

class Number(float):
    def __eq__(self, other):
        return True
    __hash__ = float.__hash__

class Whole(int):
    pass

def lies():
    return [torch.zeros(2).as_subclass(Tensor2), Text("a"), Number(1.0), Whole(3)]

def frame(data):
    return data.assign(double=data["x"] * 2)

def nested(depth):
    return depth if depth == 0 else [nested(depth - 1)]
"""


@pytest.fixture
def student(submit):
    return submit(SOURCE)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 5, -(2**200), 1.5, 2 + 3j, "text", b"bytes", [1, [2, (3,)]], {"k": (1, None)}, {1, 2},
        torch.float32, torch.device("cpu"), torch.Size([2, 3]), slice(1, 5), float("inf"), np.float32(2.5), (), [], {},
    ],
    ids=repr,
)  # fmt: skip
def test_plain_values_come_back_as_they_went(student, value):
    found = student.echo(value)
    assert type(found) is type(value) and found == value


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.bool, torch.complex64]
)
def test_tensors_come_back_as_copies(student, dtype):
    value = torch.tensor([[1, 0], [0, 1]]).to(dtype)
    found = student.echo(value.t())
    assert found.dtype is dtype and torch.equal(found, value.t()) and found.stride() == value.t().stride()
    assert found.data_ptr() != value.data_ptr()


def test_arrays_and_frames_cross(student):
    array = np.arange(6).reshape(2, 3)[:, ::2]
    assert (student.echo(array) == array).all()
    frame = pd.DataFrame({"x": [1, 2], "who": ["a", None]})
    pd.testing.assert_frame_equal(student.frame(frame), frame.assign(double=frame["x"] * 2))


def test_keywords_cross(student):
    assert student.echo(1, two=2) == ((1,), {"two": 2})


def test_names_that_are_not_functions(student):
    assert student.LIMIT == 3
    assert student.TABLE == {"a": [1, (2.5, None)]}


def test_a_missing_name_says_so(student):
    with pytest.raises(NameMissing, match="nothing"):
        student.nothing  # noqa: B018


def test_a_name_whose_cell_failed_says_why(student):
    student._excuses["broken"] = StudentRaised("SyntaxError", "invalid syntax", 3, "cell 5")
    with pytest.raises(StudentRaised, match="invalid syntax"):
        student.broken(1)


def test_a_stub_and_an_honest_refusal_are_told_apart(student):
    with pytest.raises(NotImplementedYet):
        student.stub(1)
    with pytest.raises(StudentRaised, match="complex") as caught:
        student.later(1)
    assert not isinstance(caught.value, NotImplementedYet)


def test_an_exception_has_type_line_and_cell(student):
    with pytest.raises(StudentRaised) as caught:
        student.bad("value")
    error = caught.value
    assert (error.type_name, error.message, error.cell) == ("ValueError", "no", "cell 1")
    assert SOURCE.split("\n")[error.line - 4].strip().startswith("raise {")
    assert "proctorch" not in error.trace


def test_expected_exceptions(student):
    with student.raises(ValueError):
        student.bad("value")
    with student.raises(LookupError):
        student.bad("own")
    with student.raises("Own", TypeError):
        student.bad("own")
    with pytest.raises(StudentRaised), student.raises(TypeError):
        student.bad("value")
    with pytest.raises(CheckFailure, match="should have raised ValueError"), student.raises(ValueError):
        student.echo(1)
    with pytest.raises(NotImplementedYet), student.raises(RuntimeError):
        student.stub(1)


def test_a_cell_that_raised_is_no_answer_to_a_call(student):
    student._excuses["refuse"] = StudentRaised("ValueError", "raised at the top of its cell", 1, "cell 5")
    with pytest.raises(StudentRaised, match="at the top"), student.raises(ValueError):
        student.refuse(1)


def test_output_of_the_last_call(student):
    assert student.says("hello") == 5
    assert student.output_of_last_call == "hello\n"
    student.echo(1)
    assert student.output_of_last_call == ""


def test_iterators_are_stepped(student):
    steps = student.count_up(10**9)
    assert [next(steps), next(steps)] == [0, 1]
    assert list(student.count_up(3)) == [0, 1, 2]
    with pytest.raises(StopIteration):
        next(student.count_up(0))


def test_closures_and_objects_stay_there(student):
    add = student.adder(3)
    assert isinstance(add, StudentFunction) and add(4) == 7
    counter = student.Counter(start=1)
    assert isinstance(counter, StudentObject)
    assert (counter(), counter.count, len(counter), counter[4]) == (3, 3, 3, 40)
    counter.reset(to=5)
    assert student.total(counter) == 7 + 9
    with pytest.raises(AttributeError, match="nothing can be set"):
        counter.count = 5
    with pytest.raises(AttributeError, match="no attribute"):
        counter.missing  # noqa: B018
    with pytest.raises(TypeError, match="no length"):
        len(add)


def test_the_same_object_is_the_same_handle(student):
    counter = student.Counter()
    assert student.echo(counter) is counter
    assert [type(part) for part in student.echo([counter, 1])] == [type(counter), int]


def test_host_functions_are_called_back_with_values(student):
    seen: list[object] = []

    def square(value):
        seen.append(value)
        return value * value

    assert student.apply(square, 1, 2.5) == [1, 6.25]
    assert seen == [1, 2.5]
    assert abs(student.derivative(lambda x: x**3, 2.0) - 12) < 1e-4
    assert torch.equal(student.apply(lambda t: t + 1, torch.zeros(2))[0], torch.ones(2))


def test_callbacks_nest(student):
    assert student.apply(lambda value: student.adder(1)(value) * student.apply(lambda x: x + 1, value)[0], 1, 2) == [
        4,
        9,
    ]
    inner = student.compose(lambda x: x + 1, lambda x: x * 10)
    assert inner(2) == 21


def test_a_host_function_comes_back_as_itself(student):
    def ours(value):
        return value

    assert student.echo(ours) is ours


def test_an_exception_in_a_host_function_reaches_the_student_s_code(student):
    assert student.guarded(lambda x: 1 / x, 0) == ("ZeroDivisionError", "division by zero")
    assert student.guarded(lambda x: int(x), "a")[0] == "ValueError"

    class Odd(Exception):
        pass

    def odd(x):
        raise Odd("why")

    assert student.guarded(odd, 1) == ("RuntimeError", "why")
    with pytest.raises(StudentRaised, match="division"):
        student.apply(lambda x: 1 / x, 0)


def test_an_assertion_in_a_host_function_fails_the_check_whatever_the_student_catches(student):
    def strict(x):
        assert x > 0, "must be positive"
        return x

    with pytest.raises(AssertionError, match="positive"):
        student.guarded(strict, -1)


def test_a_host_function_that_returns_what_cannot_cross(student):
    assert student.guarded(lambda x: object(), 1)[0] in ("TypeError", "RuntimeError")


def test_a_failure_of_student_code_inside_a_callback_is_that_failure(student):
    with pytest.raises(GuestFailure, match="no"):
        student.apply(lambda x: student.bad("value"), 1)


def test_what_a_check_cannot_hand_over_is_the_grader_s_mistake(student):
    with pytest.raises(GraderBroken, match="cannot be copied"):
        student.echo(object())


@pytest.mark.parametrize(
    ("function", "value"),
    [("add_one_", torch.zeros(3)), ("append_", [1]), ("fill_", np.zeros(3)), ("add_one_", np.zeros((2, 2)))],
)
def test_a_changed_input_is_noticed_or_written_back(student, function, value):
    before = repr(value)
    with pytest.raises(CheckFailure, match="in place") as caught:
        getattr(student, function)(value)
    assert caught.value.rung == "inplace"
    assert repr(value) == before
    with student.allow_inplace():
        getattr(student, function)(value)
    assert repr(value) != before
    with pytest.raises(CheckFailure):
        getattr(student, function)(value)


def test_a_change_deep_inside_is_written_to_the_right_place(student):
    first, second = torch.zeros(2), torch.zeros(3).t()
    with student.allow_inplace():
        student.apply(lambda x: x, 1)
        student.add_one_(second)
    assert first.tolist() == [0, 0] and second.tolist() == [1, 1, 1]


def test_subclasses_arrive_plain(student):
    found = student.lies()
    assert [type(value) for value in found] == [torch.Tensor, str, float, int]
    assert found[1] != "b" and not torch.equal(found[0], torch.ones(2))


def test_a_value_nested_too_deep_is_the_student_s_trouble(student):
    assert student.nested(20)
    with pytest.raises(GuestFailure):
        student.nested(60)
    assert student.echo(1) == 1


def test_files_are_read_within_bounds(student, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    student.write("out.bin")
    assert student.file("out.bin") == b"abc" * 10
    assert student.file("out.bin", most=4) == b"abca"
    with pytest.raises(GuestFailure):
        student.file("missing.bin")


def test_signatures_are_checked_as_values_arrive(submit):
    student = submit(
        "def f(x):\n    return x.sum(0)\n\ndef g(x):\n    return 3",
        f='def f(x: Float[Tensor, "n k"]) -> Float[Tensor, "n"]',
        g="def g(x: int) -> str",
    )
    with pytest.raises(CheckFailure) as caught:
        student.f(torch.zeros(2, 3))
    assert caught.value.rung == "shape" and caught.value.sentence.startswith("f returned")
    with pytest.raises(CheckFailure) as caught:
        student.g(1)
    assert caught.value.rung == "type"


def test_generators_start_alike_for_every_check(submit):
    from proctorch.sandbox.limits import DEFAULT_LIMITS

    student = submit("import random\ndef draw():\n    return torch.rand(2).tolist(), np.random.rand(), random.random()")
    state = torch.get_rng_state()
    drawn = []
    for seed in (1, 1, 2):
        student._client.begin(DEFAULT_LIMITS, seed)
        drawn.append(student.draw())
    assert drawn[0] == drawn[1] != drawn[2]
    torch.set_rng_state(state)


NAMES = """
def make(text):
    made = lambda x: x.add_(1)
    made.__name__ = text
    return made

def thing(text):
    return type(text, (), {})()

def net(text):
    return type(text, (nn.Module,), {"forward": lambda self, x: x.add_(1)})()
"""


@pytest.mark.parametrize("make", ["make", "thing", "net"])
def test_names_that_student_code_makes_up_are_not_repeated(submit, make):
    """A function called after a hidden input would carry it into a message."""
    found = getattr(submit(NAMES), make)("x_3p14")
    assert "3p14" not in repr(found)
    if make != "thing":
        with pytest.raises(CheckFailure) as caught:
            found(torch.zeros(1))
        assert "3p14" not in caught.value.safe + caught.value.sentence


FORGERIES = [
    "None", "5", "(1, '')", "({}, '')", "({'value': 1, 'graph': 0, 'leaves': [], 'changed': 3}, '')",
    "({'value': 1, 'graph': 'x', 'leaves': [], 'changed': []}, '')",
    "({'value': 1, 'graph': 0, 'leaves': [None], 'changed': []}, '')",
    "({'value': 1, 'graph': 0, 'leaves': [], 'changed': []}, 7)",
]  # fmt: skip


@pytest.mark.parametrize("forged", FORGERIES)
def test_forged_answers_to_a_call_are_violations(submit, forged):
    student = submit(
        f"""
        from proctorch.sandbox import server
        from proctorch.sandbox.wire import Frame, Kind

        def f():
            server.GuestServer.handle = lambda self, frame: Frame(Kind.REPLY, frame.id, server.encode({forged}))

        def g():
            return 1
        """
    )
    from proctorch.sandbox import server

    handle = server.GuestServer.handle
    try:
        student.g()
        student.f()
        with pytest.raises(ProtocolViolation):
            student.g()
    finally:
        server.GuestServer.handle = handle


FAILURES = [
    "{'type': 5, 'message': [], 'line': 'x', 'cell': 9, 'bases': 3}",
    "{'type': 'A' * 10**6, 'message': 'm' * 10**6, 'trace': 't' * 10**6, "
    "'printed': 'p' * 10**6, 'bases': ['b' * 10**5] * 999}",
    r"{'type': 'E', 'message': '\0\x1b[31m', 'line': -5, 'cell': '<script>' * 1000, 'printed': '\0'}",
]  # fmt: skip


@pytest.mark.parametrize("forged", FAILURES)
def test_forged_failures_are_bounded_and_printable(submit, forged):
    student = submit(
        f"""
        from proctorch.sandbox import server

        def f():
            server.describe_failure = lambda error: forged
            raise ValueError

        forged = {forged}
        if type(forged) is not dict:
            class Forged(dict):
                pass
        """
    )
    from proctorch.sandbox import server

    describe = server.describe_failure
    try:
        with pytest.raises(GuestFailure) as caught:
            student.f()
    finally:
        server.describe_failure = describe
    error = caught.value
    texts = [str(error), getattr(error, "trace", ""), getattr(error, "cell", None) or "", *getattr(error, "bases", ())]
    assert sum(map(len, texts)) < 40_000
    assert not any(character in text for text in texts for character in "\0\x1b")
    assert len(student.output_of_last_call) < 200_000
