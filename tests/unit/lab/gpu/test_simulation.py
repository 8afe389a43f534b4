"""Entering and leaving: nothing of the simulation is left behind, in this thread or in another."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from proctorch.lab import simulated_gpu
from proctorch.lab.gpu import current_machine, devices_for_checks
from proctorch.lab.gpu.cuda_api import accelerator_answers, cuda_answers
from proctorch.lab.gpu.machine import Machine

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="a real GPU answers some of these by itself")


def state() -> dict[str, object]:
    """Return everything that a simulation replaces."""
    machine = Machine(1)
    found: dict[str, object] = {f"cuda.{name}": getattr(torch.cuda, name, None) for name in cuda_answers(machine)}
    found |= {f"accelerator.{name}": getattr(torch.accelerator, name, None) for name in accelerator_answers(machine)}
    found |= {"Generator": torch.Generator, "Stream": torch.cuda.Stream, "Event": torch.cuda.Event}
    found["grouping"] = torch._C._group_tensors_by_device_and_dtype
    found["registry"] = list(torch.serialization._package_registry)
    found["function modes"] = torch._C._len_torch_function_stack()
    found["dispatch modes"] = torch._C._len_torch_dispatch_stack()
    found["default device"] = torch.get_default_device()
    return found


def test_leaving_restores_everything() -> None:
    before = state()
    with simulated_gpu():
        assert torch.cuda.is_available()
        torch.set_default_device("cuda")
        kept = torch.ones(2)
        assert kept.is_cuda
    assert state() == before
    assert kept.device.type == "cpu"
    assert kept.numpy().sum() == 2.0
    assert torch.zeros(1).device.type == "cpu"
    with pytest.raises((AssertionError, RuntimeError)):
        torch.zeros(1, device="cuda")


def test_an_exception_leaves_nothing_behind() -> None:
    before = state()
    with pytest.raises(ZeroDivisionError), simulated_gpu(2), torch.device("cuda"), torch.autocast("cuda"):
        raise ZeroDivisionError
    assert state() == before
    assert not torch.is_autocast_enabled("cuda")


def test_simulations_nest() -> None:
    with simulated_gpu(1):
        outer = torch.ones(2, device="cuda")
        with simulated_gpu(2):
            assert torch.cuda.device_count() == 2
            assert (outer + torch.ones(2, device="cuda:0")).device == torch.device("cuda:0")
            assert torch.ones(2, device="cuda:1").cpu().device.type == "cpu"
            with pytest.raises(RuntimeError, match="cuda:0 and cuda:1"):
                outer + torch.ones(2, device="cuda:1")
        assert torch.cuda.device_count() == 1
        with simulated_gpu(1):
            assert outer.is_cuda
        assert (outer * 2).device == torch.device("cuda:0")
    assert current_machine() is None


def test_start_and_stop() -> None:
    before = state()
    simulation = simulated_gpu().start()
    assert torch.ones(1).cuda().is_cuda
    with pytest.raises(RuntimeError, match="already on"):
        simulation.start()
    simulation.stop()
    simulation.stop()
    assert state() == before


def test_a_started_simulation_lasts_although_nobody_holds_it() -> None:
    import gc

    simulated_gpu().start()
    gc.collect()
    assert torch.cuda.is_available()
    assert current_machine() is not None
    from proctorch.lab.gpu.simulation import _thread

    _thread.simulations[-1].stop()
    assert not torch.cuda.is_available()


def test_another_thread_is_not_in_the_simulation() -> None:
    found = []
    with simulated_gpu():
        thread = threading.Thread(target=lambda: found.append((torch.cuda.is_available(), torch.ones(1).device.type)))
        thread.start()
        thread.join()
        assert torch.cuda.is_available()
    assert found == [(False, "cpu")]


@pytest.mark.parametrize("devices", [0, 9, -1])
def test_a_number_of_devices_that_makes_no_sense(devices: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 8"):
        simulated_gpu(devices)


def test_two_devices() -> None:
    with simulated_gpu(devices=2):
        model = nn.Linear(2, 2).to("cuda:1")
        assert model.weight.device == torch.device("cuda:1")
        with pytest.raises(RuntimeError, match="cuda:0"):
            model(torch.ones(1, 2, device="cuda"))
        with torch.cuda.device(1):
            assert torch.ones(1, device="cuda").device == torch.device("cuda:1")
            assert torch.ones(1).cuda().get_device() == 1
        torch.cuda.set_device(1)
        assert torch.cuda.current_device() == 1
        first, second = torch.ones(2, device="cuda:0", requires_grad=True), model(torch.ones(1, 2, device="cuda:1"))
        (first.sum() + second.sum().to("cuda:0")).backward()
        assert first.grad.device.index == 0
        assert model.weight.grad.device.index == 1
        torch.optim.Adam([first, *model.parameters()]).step()
        nn.utils.clip_grad_norm_([first, *model.parameters()], 1.0)


def test_what_torch_cuda_answers() -> None:
    with simulated_gpu():
        assert torch.cuda.get_device_name() == "Simulated GPU (Proctorch)"
        assert torch.cuda.get_device_properties(0).total_memory > 0
        assert torch.cuda.memory_allocated() == torch.cuda.max_memory_allocated("cuda") == 0
        assert torch.cuda.is_bf16_supported()
        assert torch.accelerator.is_available()
        assert torch.accelerator.current_accelerator() == torch.device("cuda")
        assert torch.accelerator.device_count() == 1
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        with torch.cuda.stream(torch.cuda.Stream()):
            torch.ones(10, device="cuda") * 2
        end.record()
        torch.cuda.synchronize()
        assert start.elapsed_time(end) >= 0.0
        with pytest.raises(ValueError, match="enable_timing"):
            torch.cuda.Event().elapsed_time(end)
        with pytest.raises(RuntimeError, match="invalid device ordinal"):
            torch.cuda.set_device(3)


def test_checks_find_devices_only_where_their_day_asks() -> None:
    with devices_for_checks(0):
        assert current_machine() is None
    with devices_for_checks(2, real=True):
        assert torch.cuda.device_count() == 2
