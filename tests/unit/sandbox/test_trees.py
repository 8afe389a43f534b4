from __future__ import annotations

import numpy as np
import pytest
import torch

from proctorch.sandbox.trees import Snapshot, leaves, replace_leaves, tensors, write_back


def test_leaves_come_in_the_order_of_the_tree():
    first, second = torch.zeros(1), torch.ones(1)
    tree = [first, {"a": (1, second), "b": torch.Size([2])}]
    assert list(leaves(tree)) == [first, 1, second, torch.Size([2])]
    assert [id(tensor) for tensor in tensors(tree)] == [id(first), id(second)]
    assert replace_leaves([1, (2, {"a": 3})], lambda leaf: leaf * 2) == [2, (4, {"a": 6})]


@pytest.mark.parametrize(
    "change",
    [
        lambda t, a, items, d: t.add_(1),
        lambda t, a, items, d: t.resize_(5),
        lambda t, a, items, d: a.__setitem__(0, 9),
        lambda t, a, items, d: items.append(1),
        lambda t, a, items, d: items.__setitem__(0, 1.0),
        lambda t, a, items, d: d.pop("k"),
        lambda t, a, items, d: d.update(k=[2]),
        lambda t, a, items, d: d["inner"].append(3),
    ],
)
def test_a_change_is_noticed_and_can_be_written_elsewhere(change):
    def fresh():
        return torch.zeros(3), np.zeros(2), [1, "x"], {"k": 1, "inner": []}

    ours, theirs = fresh(), fresh()
    before = Snapshot(theirs)
    assert before.changed() == []
    change(*theirs)
    assert before.changed()
    write_back(ours, before.changed())
    assert [repr(value) for value in ours] == [repr(value) for value in theirs]


def test_nan_is_no_change():
    values = torch.tensor([float("nan"), 1.0])
    before = Snapshot([values, np.array([float("nan")])])
    values.copy_(values.clone())
    assert before.changed() == []
