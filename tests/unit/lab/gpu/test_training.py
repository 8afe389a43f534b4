"""Training on the device: gradients, optimizers and their state, buffers, clipping, and the values of the CPU."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

CPU = torch.device("cpu")

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "AdamW without foreach": lambda p: torch.optim.AdamW(p, lr=0.05, foreach=False),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
    "LBFGS": lambda p: torch.optim.LBFGS(p, lr=0.5),
}


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 2)).double()


def trained(device: torch.device, optimizer_for: Callable[[Any], torch.optim.Optimizer]) -> tuple[nn.Module, Any]:
    model = network().to(device)
    optimizer = optimizer_for(model.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    inputs = torch.linspace(-1, 1, 32, dtype=torch.float64).reshape(8, 4).to(device)
    labels = (torch.arange(8) % 2).to(device)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        return loss

    for _ in range(5):
        optimizer.step(closure)
        schedule.step()
    return model, optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_gives_the_weights_of_the_cpu_and_keeps_everything_on_the_device(
    name: str, cuda: torch.device
) -> None:
    there, optimizer = trained(cuda, OPTIMIZERS[name])
    here, _ = trained(CPU, OPTIMIZERS[name])
    assert {value.device for value in there.state_dict().values()} == {cuda}
    assert {parameter.grad.device for parameter in there.parameters()} == {cuda}
    state = optimizer.state[next(there.parameters())]
    assert {v.device for k, v in state.items() if isinstance(v, torch.Tensor) and k != "step"} <= {cuda}
    for ours, theirs in zip(there.state_dict().values(), here.state_dict().values(), strict=True):
        torch.testing.assert_close(ours.cpu(), theirs, rtol=1e-6, atol=1e-9)


def test_a_moved_module_keeps_its_parameter_objects_and_so_does_an_optimizer_made_before(cuda: torch.device) -> None:
    model = nn.Linear(3, 2)
    before = list(model.parameters())
    optimizer = torch.optim.SGD(before, lr=0.1)
    model(torch.ones(1, 3)).sum().backward()
    assert model.to("cuda") is model
    assert all(old is new for old, new in zip(before, model.parameters(), strict=True))
    assert all(type(parameter) is nn.Parameter for parameter in before)
    assert {parameter.device for parameter in before} == {parameter.grad.device for parameter in before} == {cuda}
    weight = model.weight.detach().clone()
    optimizer.step()
    assert not torch.equal(weight, model.weight)


def test_an_optimizers_state_stays_behind_when_the_model_moves(cuda: torch.device) -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters())
    for device in ("cpu", "cuda"):
        model.to(device)
        optimizer.zero_grad()
        model(torch.ones(1, 3, device=device)).sum().backward()
        if device == "cuda":
            with pytest.raises(RuntimeError, match="on the same device"):
                optimizer.step()
        else:
            optimizer.step()
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)  # this moves it to the parameters
    optimizer.step()
    assert optimizer.state[model.weight]["exp_avg"].device == cuda


def test_adams_counter_may_be_on_either_device(cuda: torch.device) -> None:
    model = nn.Linear(3, 2, dtype=torch.float64).to(cuda)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(2):
        model(torch.ones(1, 3, dtype=torch.float64, device=cuda)).sum().backward()
        optimizer.step()
        for state in optimizer.state.values():
            state["step"] = state["step"].to(cuda)  # float32, beside float64 averages
    assert optimizer.state[model.weight]["step"].tolist() == 2.0


def test_a_gradient_goes_back_through_a_move(cuda: torch.device) -> None:
    here = torch.ones(3, requires_grad=True)
    (here.to(cuda, torch.float64) * 2).sum().backward()
    assert here.grad.device == CPU
    assert here.grad.dtype == torch.float32
    assert here.grad.tolist() == [2.0, 2.0, 2.0]
    there = torch.ones(3, device=cuda, requires_grad=True)
    (there.cpu() * torch.arange(3)).sum().backward()
    assert there.grad.device == cuda
    assert there.grad.tolist() == [0.0, 1.0, 2.0]
    assert not there.to("cpu").is_leaf


class Cube(torch.autograd.Function):
    """A function of the student's own, which makes tensors in its backward."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        result = x**3
        ctx.save_for_backward(x, result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        x, result = ctx.saved_tensors
        assert x.device == result.device == gradient.device
        return gradient * 3 * x**2 + torch.zeros(x.shape, device=x.device)


class ForgetfulCube(Cube):
    """The same, with a tensor on the CPU."""

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return Cube.backward(ctx, gradient) + torch.zeros(gradient.shape)


def test_a_custom_function_is_told_the_devices_in_its_backward(cuda: torch.device) -> None:
    x = torch.full((2,), 2.0, device=cuda, requires_grad=True)
    Cube.apply(x).sum().backward()
    assert x.grad.device == cuda
    assert x.grad.tolist() == [12.0, 12.0]
    with pytest.raises(RuntimeError, match="cuda:0 and cpu!"):
        ForgetfulCube.apply(x).sum().backward()


def test_gradients_that_the_engine_makes_up_fit_everywhere(cuda: torch.device) -> None:
    x = torch.arange(4.0, device=cuda, requires_grad=True)
    first, _ = x.split(2)
    (first.max() + x[1:3].prod() + x.sort().values[0] + x.std() + x.unfold(0, 2, 1).sum()).backward()
    assert x.grad.device == cuda
    (twice,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    twice.sum().backward()
    assert torch.autograd.gradcheck(
        lambda v: (v * v).sum(), torch.ones(2, dtype=torch.float64, device=cuda).requires_grad_()
    )
    hessian = torch.autograd.functional.hessian(lambda v: (v**3).sum(), torch.ones(2, device=cuda))
    assert hessian.device == cuda
    assert torch.func.grad(lambda v: (v**2).sum())(torch.ones(2, device=cuda)).device == cuda


def test_checkpoints_and_copies_of_a_model(cuda: torch.device) -> None:
    model = network().to(cuda)
    twin = copy.deepcopy(model)
    assert {value.device for value in twin.state_dict().values()} == {cuda}
    home = network()
    home.load_state_dict(model.state_dict())
    assert {value.device for value in home.state_dict().values()} == {CPU}
    model.to("cpu")
    assert {value.device for value in model.state_dict().values()} == {CPU}
    assert {value.device for value in twin.state_dict().values()} == {cuda}
