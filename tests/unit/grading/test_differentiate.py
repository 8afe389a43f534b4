"""Autograd goes through the boundary: equal to the last bit, and loud where it cannot."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
import torch

from proctorch.errors import GraderBroken

FUNCTIONS = """
def softmax(x):
    weights = (x - x.amax(1, keepdim=True)).exp()
    return weights / weights.sum(1, keepdim=True)

class Lies(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 2

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 3 * ctx.saved_tensors[0]

square = Lies.apply

def tree(x, y):
    return {"sum": (x + y, [x * y]), "count": 2, "detached": x.detach() * 2}

def partly(x):
    return x.detach() * 2, x * 3

def constant(x):
    return torch.ones(2, requires_grad=True) * 1.0

def identity(x):
    return x

def detached(x):
    return x.detach() * 2

def half(x):
    return (x * 2).half()

def strided(x):
    return x.t()[::2]
"""


@pytest.fixture
def student(submit):
    return submit(FUNCTIONS)


def double(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed), requires_grad=True)


def test_gradcheck_passes_for_a_right_function(student):
    assert torch.autograd.gradcheck(student.softmax, (double(4, 5),))


def test_gradcheck_fails_for_a_wrong_backward(student):
    with pytest.raises(sys.modules["torch.autograd.gradcheck"].GradcheckError):
        torch.autograd.gradcheck(student.square, (double(4),))


def test_gradients_are_those_of_the_same_code_here(student):
    names: dict[str, object] = {"torch": torch}
    exec(FUNCTIONS, names)
    there, here = double(3, 4), double(3, 4)
    student.softmax(there).pow(2).sum().backward()
    names["softmax"](here).pow(2).sum().backward()
    assert torch.equal(there.grad, here.grad)


def test_outputs_may_be_trees(student):
    x, y = double(3), double(3, seed=1)
    found = student.tree(x, y)
    assert found["count"] == 2 and not found["detached"].requires_grad
    (found["sum"][0].sum() + found["sum"][1][0].sum()).backward()
    assert torch.equal(x.grad, 1 + y.detach())
    assert torch.equal(y.grad, 1 + x.detach())


def test_some_outputs_of_a_call_may_be_detached(student):
    x = double(2)
    fixed, moving = student.partly(x)
    assert not fixed.requires_grad
    moving.sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_an_output_may_be_used_twice_and_backward_run_twice(student):
    x = double(3)
    found = student.softmax(x.reshape(1, 3))
    (found.sum() + found.pow(2).sum()).backward(retain_graph=True)
    once = x.grad.clone()
    (found.sum() + found.pow(2).sum()).backward()
    assert torch.equal(x.grad, 2 * once)


def test_calls_can_be_chained(student):
    x = double(2, 2)
    student.softmax(student.softmax(x) * 2).pow(2).sum().backward()
    assert x.grad.abs().sum() > 0


def test_a_result_that_does_not_depend_on_the_input(student):
    x = double(2)
    found = student.constant(x)
    assert found.requires_grad
    found.sum().backward()
    assert x.grad is None or x.grad.abs().sum() == 0


def test_the_input_itself_may_come_back(student):
    x = double(3)
    student.identity(x).sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_detached_results_say_so(student):
    assert not student.detached(double(2)).requires_grad


def test_nothing_is_tracked_without_gradients(student):
    with torch.no_grad():
        assert not student.softmax(double(2, 2)).requires_grad


def test_other_dtypes_and_strides(student):
    x = torch.randn(4, 6, requires_grad=True)
    found = student.half(x)
    assert found.dtype is torch.float16
    found.sum().backward()
    assert x.grad.dtype is torch.float32 and x.grad.tolist() == torch.full((4, 6), 2.0).tolist()
    y = torch.arange(24.0).reshape(4, 6).t().requires_grad_()
    student.strided(y).sum().backward()
    assert y.grad.sum() == 12


def test_create_graph_fails_loudly(student):
    x = double(2, 2)
    with pytest.raises(GraderBroken, match="create_graph"):
        torch.autograd.grad(student.softmax(x).pow(2).sum(), x, create_graph=True)


def test_the_guest_forgets_a_graph_when_the_host_drops_its_output(submit):
    student = submit(
        """
        import gc

        class Big(torch.autograd.Function):
            alive = 0

            @staticmethod
            def forward(ctx, x):
                Big.alive += 1
                return x * 2

            @staticmethod
            def backward(ctx, gradient):
                return gradient * 2

        import weakref
        KEPT = []

        def grow(x):
            made = Big.apply(x)
            KEPT.append(weakref.ref(made))
            return made

        def alive():
            gc.collect()
            return sum(ref() is not None for ref in KEPT)
        """
    )
    outputs = [student.grow(torch.ones(3, requires_grad=True)) for _ in range(5)]
    assert student.alive() == 5
    del outputs
    gc.collect()
    assert student.alive() == 0


def test_sources_of_the_host_keep_their_own_history(student):
    x = double(2, 3)
    student.softmax(x * 2).pow(2).sum().backward()
    y = x.detach().clone().requires_grad_()
    student.softmax(y).pow(2).sum().backward()
    assert x.grad.shape == y.grad.shape and not torch.equal(x.grad, y.grad)


def test_the_first_gradient_imports_no_symbolic_algebra():
    code = (
        "import sys, torch\n"
        "from proctorch.sandbox.capture import Capture\n"
        "from proctorch.sandbox.server import GuestServer, no_host\n"
        "server = GuestServer({}, no_host, Capture(1000))\n"
        "answer = server.call(torch.sin, [torch.ones(3, requires_grad=True)], {}, True, [])\n"
        "server.vjp(answer[1], [torch.ones(3)])\n"
        "sys.exit('sympy' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_complex_gradients_come_back_to_the_last_bit(submit):
    student = submit("def turn(x): return x * (1 + 2j), (x * x).real")
    mine = torch.randn(4, dtype=torch.complex128, generator=torch.Generator().manual_seed(1), requires_grad=True)
    theirs = mine.detach().clone().requires_grad_()
    weights = torch.randn(4, dtype=torch.complex128, generator=torch.Generator().manual_seed(2))
    for values, (turned, squared) in (
        (mine, student.turn(mine)),
        (theirs, (theirs * (1 + 2j), (theirs * theirs).real)),
    ):
        torch.autograd.backward([turned, squared], [weights, weights.real])
        assert values.grad is not None
    assert torch.equal(mine.grad, theirs.grad)
