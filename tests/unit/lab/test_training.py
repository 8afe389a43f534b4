"""What is made by name is what torch makes; a probe's two modes differ in every output; a drawn task is learnable."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from proctorch import lab


def test_a_loader_keeps_the_order_unless_a_seed_shuffles_it() -> None:
    rows = torch.arange(7)
    assert [batch.tolist() for (batch,) in lab.loader(rows, batch_size=3)] == [[0, 1, 2], [3, 4, 5], [6]]
    first, again = (lab.loader(rows, batch_size=7, shuffle_seed=4) for _ in range(2))
    orders = [batch.tolist() for _ in range(2) for (batch,) in first]
    assert orders == [batch.tolist() for _ in range(2) for (batch,) in again]
    assert orders[0] != orders[1] and sorted(orders[0]) == rows.tolist()


def test_optimizer_scheduler_and_loss_come_by_name() -> None:
    model = nn.Linear(2, 1)
    optimizer = lab.optimizer("SGD", model, lr=0.5)
    scheduler = lab.scheduler("StepLR", optimizer, step_size=1, gamma=0.1)
    assert isinstance(optimizer, torch.optim.SGD) and isinstance(scheduler, torch.optim.lr_scheduler.StepLR)
    assert isinstance(lab.loss("MSELoss", reduction="sum"), nn.MSELoss)
    assert optimizer.param_groups[0]["params"][0] is model.weight


def test_the_probes_modes_differ_and_use_no_generator() -> None:
    probe, inputs = lab.ModeProbe(4, 3), torch.randn(5, 4, dtype=torch.float64)
    state = torch.get_rng_state()
    training, evaluation = probe.train()(inputs), probe.eval()(inputs)
    assert torch.equal(torch.get_rng_state(), state)
    assert bool((training - evaluation).abs().min() > 1e-6)
    assert torch.equal(probe.eval()(inputs), evaluation)
    assert probe.calls.tolist() == [1, 2, 3, 0]
    with torch.inference_mode():
        probe(inputs)
    probe.requires_grad_(False)(inputs)
    assert probe.calls.tolist() == [1, 4, 3, 2]
    assert "calls" not in probe.state_dict()


def test_clusters_are_drawn_anew_and_can_be_learnt() -> None:
    split = lab.clusters(torch.Generator().manual_seed(1))
    assert split.train_inputs.shape == (96, 6) and split.test_inputs.shape == (200, 6)
    assert split.train_inputs.dtype == torch.float32 and split.train_labels.dtype == torch.int64
    nearest = split.train_labels[torch.cdist(split.test_inputs, split.train_inputs).argmin(dim=1)]
    assert float((nearest == split.test_labels).double().mean()) > 0.85
    other = lab.clusters(torch.Generator().manual_seed(2))
    assert not torch.equal(other.train_inputs, split.train_inputs)


def test_there_is_room_for_so_many_rows_and_backward_gives_it_back() -> None:
    model, inputs = lab.RoomFor(4, 2, 3), torch.ones(4, 2, dtype=torch.float64)
    for _ in range(3):
        model(inputs).sum().backward()
    first = model(inputs[:2])
    with pytest.raises(RuntimeError, match="2 rows are waiting for their backward pass, and 3 more"):
        model(inputs[:3])
    del first
    model(inputs)
    with torch.no_grad():
        model(inputs.repeat(5, 1))
    plain = model.last(torch.tanh(model.hidden(inputs)))
    assert torch.equal(model(inputs), plain)


def test_a_graph_that_is_kept_after_backward_keeps_its_room() -> None:
    model, inputs = lab.RoomFor(4, 2, 3), torch.ones(3, 2, dtype=torch.float64)
    loss = model(inputs).sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="3 rows were kept after their backward pass, and 2 more"):
        model(inputs[:2])
    loss.backward()
    model(inputs).sum().backward()
    first = model(inputs).sum()
    torch.autograd.grad(first, list(model.parameters()))
    model(inputs)


def test_a_graph_that_is_too_large_for_itself_says_so() -> None:
    model = lab.RoomFor(4, 2, 3)
    with pytest.raises(RuntimeError, match="a graph of 5 rows does not fit"):
        model(torch.ones(5, 2, dtype=torch.float64))
    model(torch.ones(4, 2, dtype=torch.float64))


def test_plain_models_have_the_shapes_and_dtypes_that_were_asked_for() -> None:
    assert lab.linear(3, 2)(torch.ones(1, 3, dtype=torch.float64)).shape == (1, 2)
    assert lab.classifier(3, 2)(torch.ones(5, 3)).shape == (5, 2)


def test_a_scaler_scales_where_there_is_a_gpu() -> None:
    with lab.simulated_gpu():
        scaler = lab.scaler(init_scale=8.0)
        assert scaler.scale(torch.ones(1, device="cuda")).tolist() == [8.0]


def test_batches_are_counted_when_they_are_taken() -> None:
    batches = lab.CountedBatches(torch.arange(5), torch.ones(5), batch_size=2)
    found = iter(batches)
    assert batches.taken == 0
    assert [part.tolist() for part in next(found)] == [[0, 1], [1.0, 1.0]]
    assert batches.taken == 1
    assert len(list(found)) == 2 and batches.taken == 3
