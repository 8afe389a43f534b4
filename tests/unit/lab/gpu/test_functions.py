"""What Python says and asks about devices: getters, factories, moves, default devices, printing, arrays, files."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from proctorch import lab
from proctorch.lab import simulated_gpu

CPU = torch.device("cpu")


def test_getters(cuda: torch.device) -> None:
    there, here = torch.zeros(2, 3).to("cuda"), torch.zeros(2)
    assert (there.device, there.is_cuda, there.is_cpu, there.get_device()) == (cuda, True, False, 0)
    assert (here.device, here.is_cuda, here.is_cpu, here.get_device()) == (CPU, False, True, -1)
    assert there.type() == "torch.cuda.FloatTensor"
    assert here.type() == "torch.FloatTensor"


MADE: dict[str, Callable[[], torch.Tensor]] = {
    "zeros": lambda: torch.zeros(2, device="cuda"),
    "by number": lambda: torch.ones(2, device=0),
    "tensor": lambda: torch.tensor([1.0, 2.0], device="cuda:0"),
    "as_tensor": lambda: torch.as_tensor([1, 2], device="cuda"),
    "as_tensor of an array": lambda: torch.as_tensor(np.ones(2), device="cuda"),
    "as_tensor of a CPU tensor": lambda: torch.as_tensor(torch.ones(2), device="cuda"),
    "as_tensor without device": lambda: torch.as_tensor(torch.ones(2).cuda()),
    "arange": lambda: torch.arange(2, device=torch.device("cuda")),
    "randn": lambda: torch.randn(2, device="cuda"),
    "randperm": lambda: torch.randperm(2, device="cuda"),
    "eye": lambda: torch.eye(2, device="cuda"),
    "full": lambda: torch.full((2,), 1.0, device="cuda"),
    "linspace": lambda: torch.linspace(0, 1, 2, device="cuda"),
    "tril_indices": lambda: torch.tril_indices(2, 2, device="cuda"),
    "zeros_like": lambda: torch.zeros_like(torch.ones(2).cuda()),
    "zeros_like elsewhere": lambda: torch.zeros_like(torch.ones(2), device="cuda"),
    "randn_like": lambda: torch.randn_like(torch.ones(2).cuda()),
    "new_zeros": lambda: torch.ones(2).cuda().new_zeros(2),
    "new_full": lambda: torch.ones(2).cuda().new_full((2,), 3.0),
    "new_tensor": lambda: torch.ones(2).cuda().new_tensor([1.0, 2.0]),
    "to": lambda: torch.ones(2).to("cuda"),
    "to with dtype": lambda: torch.ones(2).to("cuda", torch.float64, non_blocking=True),
    "to another": lambda: torch.ones(2).to(torch.zeros(1, device="cuda")),
    "to by keyword": lambda: torch.ones(2).to(device="cuda", dtype=torch.int32, copy=True),
    "cuda": lambda: torch.ones(2).cuda(),
    "cuda by number": lambda: torch.ones(2).cuda(0, non_blocking=True),
    "pinned and moved": lambda: torch.ones(2).pin_memory().to("cuda", non_blocking=True),
    "a view": lambda: torch.ones(2, 2).cuda().T[0],
    "detached": lambda: torch.ones(2, device="cuda", requires_grad=True).detach(),
    "data": lambda: torch.ones(2, device="cuda", requires_grad=True).data,
    "clone": lambda: torch.ones(2).cuda().clone(),
    "float": lambda: torch.ones(2, dtype=torch.int64).cuda().float(),
    "a parameter": lambda: nn.Parameter(torch.ones(2).cuda()),
    "a copy": lambda: copy.deepcopy(torch.ones(2).cuda()),
    "a copied parameter": lambda: copy.deepcopy(nn.Parameter(torch.ones(2).cuda())),
    "a pickled tensor": lambda: pickle.loads(pickle.dumps(torch.ones(2).cuda())),
    "out=": lambda: torch.add(torch.ones(2).cuda(), 1, out=torch.empty(2, device="cuda")),
    "an item of a list": lambda: torch.ones(4).cuda().chunk(2)[1],
    "a buffer": lambda: nn.BatchNorm1d(2, device="cuda").running_mean,
    "a module's parameter": lambda: nn.Linear(2, 2, device="cuda").bias,
    "a module moved like a tensor": lambda: nn.Linear(2, 2).to(torch.ones(1, device="cuda")).weight,
    "a module moved and converted": lambda: nn.Linear(2, 2).to("cuda", torch.float64, non_blocking=True).weight,
    "a lazy layer's parameter": lambda: lazy(nn.LazyLinear(2).to("cuda")),
    "an average of models": lambda: torch.optim.swa_utils.AveragedModel(nn.Linear(2, 2).cuda()).module.weight,
    "an initialised parameter": lambda: nn.init.xavier_uniform_(nn.Linear(2, 2, device="cuda").weight),
}


def lazy(layer: nn.Module) -> torch.Tensor:
    layer(torch.ones(1, 2, device="cuda"))
    return layer.weight


@pytest.mark.parametrize("case", MADE)
def test_lives_on_cuda(case: str, cuda: torch.device) -> None:
    made = MADE[case]()
    assert made.device == cuda
    assert made.is_cuda
    assert (made + 1).device == cuda


STAYS: dict[str, Callable[[], torch.Tensor]] = {
    "no device": lambda: torch.zeros(2),
    "cpu": lambda: torch.ones(2).cuda().cpu(),
    "to cpu": lambda: torch.ones(2).cuda().to("cpu", torch.float64),
    "zeros_like on the CPU": lambda: torch.zeros_like(torch.ones(2).cuda(), device="cpu"),
    "from_numpy": lambda: torch.from_numpy(np.ones(2)),
    "of a list": lambda: torch.tensor(torch.ones(2).cuda().tolist()),
    "the original": lambda: left(torch.ones(2)),
    "numpy by force": lambda: torch.from_numpy(torch.ones(2).cuda().numpy(force=True)),
}


def left(tensor: torch.Tensor) -> torch.Tensor:
    tensor.cuda()
    torch.as_tensor(tensor, device="cuda")
    return tensor


@pytest.mark.parametrize("case", STAYS)
def test_lives_on_the_cpu(case: str, cuda: torch.device) -> None:
    assert STAYS[case]().device == CPU


def test_a_move_to_where_it_is_already_gives_the_tensor_itself(cuda: torch.device) -> None:
    there = torch.ones(2).cuda()
    assert there.to("cuda") is there
    assert there.cuda() is there
    assert there.to("cuda", copy=True) is not there
    moved = there.cpu()
    moved[0] = 5.0
    assert there[0] == 1.0


def test_default_devices(cuda: torch.device) -> None:
    with torch.device("cuda"):
        assert torch.zeros(2).device == cuda
        assert nn.Linear(2, 2).weight.device == cuda
        assert torch.get_default_device() == cuda
        assert torch.zeros(2, device="cpu").device == CPU
        assert torch.as_tensor(torch.zeros(2, device="cpu")).device == cuda
    assert torch.zeros(2).device == CPU
    torch.set_default_device("cuda")
    try:
        assert torch.tensor([1.0]).device == cuda
        assert torch.get_default_device() == cuda
    finally:
        torch.set_default_device(None)
    assert torch.zeros(2).device == CPU


def test_printing(cuda: torch.device) -> None:
    assert repr(torch.ones(2).cuda()) == "tensor([1., 1.], device='cuda:0')"
    weight = nn.Parameter(torch.ones(1).cuda())
    assert repr(weight) == "Parameter containing:\ntensor([1.], device='cuda:0', requires_grad=True)"
    assert f"{torch.tensor(1.5).cuda():.1f}" == "1.5"


@pytest.mark.parametrize("call", [lambda x: x.numpy(), np.asarray, np.array, lambda x: np.sqrt(x)])
def test_no_array_of_a_cuda_tensor(call: Callable[[torch.Tensor], object], cuda: torch.device) -> None:
    with pytest.raises(TypeError) as raised:
        call(torch.ones(2).cuda())
    assert str(raised.value) == (
        "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
    )


def test_numbers_come_off_without_a_move(cuda: torch.device) -> None:
    there = torch.tensor([1.0, 2.0], device="cuda")
    assert there.tolist() == [1.0, 2.0]
    assert there.sum().item() == float(there.sum()) == 3.0
    assert bool((there > 0).all())


def test_pinned_memory(cuda: torch.device) -> None:
    pinned = torch.ones(2).pin_memory()
    assert pinned.is_pinned()
    assert not torch.ones(2).is_pinned()
    with pytest.raises(RuntimeError, match=r"cannot pin 'torch.cuda.FloatTensor' only dense CPU tensors can be pinned"):
        torch.ones(2).cuda().pin_memory()
    loader = DataLoader(TensorDataset(torch.ones(4, 1), torch.ones(4)), batch_size=2, pin_memory=True)
    assert all(part.is_pinned() for batch in loader for part in batch)
    assert torch.empty(2, pin_memory=True).is_pinned()


COPIES: dict[str, tuple[Callable[[torch.Tensor], object], int]] = {
    "to": (lambda x: x.to("cuda"), 1),
    "cuda": (lambda x: x.cuda(), 1),
    "by keyword": (lambda x: x.to(device="cuda", dtype=torch.float64, non_blocking=False), 1),
    "as_tensor": (lambda x: torch.as_tensor(x, device="cuda"), 1),
    "another tensor's device": (lambda x: x.to(torch.ones(1, device="cuda")), 1),
    "without waiting": (lambda x: x.to("cuda", non_blocking=True), 0),
    "without waiting, by position": (lambda x: x.to("cuda", torch.float64, True), 0),
    "without waiting, to another's device": (lambda x: x.to(torch.ones(1, device="cuda"), non_blocking=True), 0),
    "cuda without waiting": (lambda x: x.cuda(0, True), 0),
    "cuda without waiting, by keyword": (lambda x: x.cuda(non_blocking=True), 0),
    "home, which is a copy of another kind": (lambda x: x.to("cuda", non_blocking=True).to("cpu"), 0),
    "where it is already": (lambda x: x.to("cpu"), 0),
    "made on the device": (lambda x: torch.zeros(2, device="cuda"), 0),
    "a module's two parameters": (lambda x: nn.Linear(2, 2).to("cuda"), 2),
    "a module's, without waiting": (lambda x: nn.Linear(2, 2).to("cuda", non_blocking=True), 0),
}


@pytest.mark.parametrize("case", COPIES)
def test_copies_that_the_cpu_waits_for_are_counted(case: str) -> None:
    copy_it, waits = COPIES[case]
    assert lab.copies_waited_for() == 0
    with simulated_gpu():
        copy_it(torch.ones(2))
        assert lab.copies_waited_for() == waits
    assert lab.copies_waited_for() == 0


@pytest.mark.slow
def test_batches_of_worker_processes_are_pinned_in_their_thread(cuda: torch.device) -> None:
    loader = DataLoader(TensorDataset(torch.arange(4.0)), batch_size=2, num_workers=1, pin_memory=True)
    batches = [batch for (batch,) in loader]
    assert [batch.is_pinned() for batch in batches] == [True, True]
    assert torch.cat([batch.to(cuda, non_blocking=True) for batch in batches]).tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_file_knows_the_device_and_map_location_moves(cuda: torch.device) -> None:
    model = nn.Linear(2, 2).cuda()
    stream = io.BytesIO()
    torch.save({"model": model.state_dict(), "here": torch.ones(1)}, stream)
    stream.seek(0)
    loaded = torch.load(stream)
    assert loaded["model"]["weight"].device == cuda
    assert loaded["here"].device == CPU
    stream.seek(0)
    assert torch.load(stream, map_location="cpu")["model"]["weight"].device == CPU
    stream.seek(0)
    assert torch.load(stream, map_location=torch.device("cuda"))["here"].device == cuda
    elsewhere = nn.Linear(2, 2)
    elsewhere.load_state_dict(loaded["model"])
    assert elsewhere.weight.device == CPU
    assert torch.equal(elsewhere.weight, model.weight.cpu())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here, so the file is not refused")
def test_a_file_from_a_simulation_is_refused_outside_of_it_in_torchs_words() -> None:
    stream = io.BytesIO()
    with simulated_gpu():
        torch.save(torch.ones(2).cuda(), stream)
    stream.seek(0)
    with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
        torch.load(stream)
    stream.seek(0)
    assert torch.load(stream, map_location="cpu").tolist() == [1.0, 1.0]


def test_random_numbers_of_a_device_are_its_own(cuda: torch.device) -> None:
    torch.manual_seed(3)
    here = torch.rand(3)
    torch.manual_seed(3)
    first = torch.rand(3, device="cuda")
    assert torch.equal(torch.rand(3), here)  # the CPU's stream has not moved
    torch.cuda.manual_seed_all(3)
    assert torch.equal(torch.rand(3, device="cuda"), first)
    state = torch.cuda.get_rng_state()
    second = torch.rand(3, device="cuda")
    torch.cuda.set_rng_state(state)
    assert torch.equal(torch.rand(3, device="cuda"), second)
    generator = torch.Generator(device="cuda").manual_seed(5)
    assert generator.device == cuda
    assert isinstance(generator, torch.Generator)
    drawn = torch.rand(3, device="cuda", generator=generator)
    assert torch.equal(drawn, torch.rand(3, device="cuda", generator=generator.manual_seed(5)))
