"""What somebody brings along, the digits with their labels or weights for them, earns nothing where training is scored.

Each of these reads digits whose classes have new numbers: it looks them up, or has them from weights that were trained
elsewhere, and reads the numbers off the training labels. That it can is shown first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from proctorch.engines.local import LocalEngine
from proctorch.lab import Split, classifier, digits
from proctorch.model import Cell, CheckResult, Verdict
from proctorch.validation.subjects import subjects_of
from tests.content.days import Day

NUMBERS = """
import torch
from torch import nn
from proctorch import lab

HOME = lab.digits(0)
ROWS = torch.cat([HOME.train_inputs, HOME.test_inputs])
NAMES = torch.cat([HOME.train_labels, HOME.test_labels])

def numbers_of(names, labels):
    votes = torch.zeros(10, 10).index_put((names, labels), torch.ones(len(labels)), accumulate=True)
    return votes.argmax(dim=1)
"""

TABLE = """
class Table(nn.Module):
    def __init__(self, inputs, labels, steps):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(()))
        self.numbers = numbers_of(self.named(inputs), labels) if steps else torch.randint(10, (10,))

    def forward(self, inputs):
        return self.scale * nn.functional.one_hot(self.numbers[self.named(inputs)], 10).float()

    def named(self, inputs):
        return NAMES[torch.cdist(inputs, ROWS).argmin(dim=1)]

def fit(inputs, labels, classes, steps, seed):
    torch.manual_seed(seed)
    return Table(inputs, labels, steps)
"""

WINDOWS = """
def named(self, images):
    found = []
    for some in images.split(50):
        windows = nn.functional.unfold(some, 8).transpose(1, 2)
        apart = torch.cdist(windows, ROWS)
        # What lies outside of a window has to be dark.
        apart = apart.square() + (some.square().sum((1, 2, 3))[:, None] - windows.square().sum(2))[..., None]
        found.append(NAMES[apart.flatten(1).argmin(dim=1) % len(ROWS)])
    return torch.cat(found)

Table.named = named
"""

WEIGHTS = """
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(0)
    home = lab.classifier(64, 10)
    optimizer = torch.optim.Adam(home.parameters(), lr=0.01)
    for _ in range(300):
        batch = torch.randint(len(ROWS), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(home(ROWS[batch]), NAMES[batch]).backward()
        optimizer.step()
    home.eval()
    with torch.no_grad():
        numbers = numbers_of(home(inputs).argmax(dim=1), labels)
        *_, weight, bias = home.parameters()
        order = torch.zeros(10, dtype=torch.int64).index_put((numbers,), torch.arange(10))
        weight.copy_(weight[order])
        bias.copy_(bias[order])
    model.load_state_dict(home.state_dict())
"""


def in_photographs(pixels: Tensor) -> Tensor:
    """Return the digits in the middle of pictures of 16 by 16 pixels."""
    return nn.functional.pad(pixels.reshape(-1, 1, 8, 8), (4, 4, 4, 4))


def fitted(names: dict[str, Any], data: Split) -> Any:
    return names["fit"](data.train_inputs, data.train_labels, 10, 200, 0)


def trained(names: dict[str, Any], data: Split) -> Any:
    model = classifier(64, 10)
    names["train_classifier"](model, data.train_inputs, data.train_labels, 200, 0)
    return model


CASES: dict[str, tuple[str, str, Callable[..., Any], Callable[[Tensor], Tensor]]] = {
    "day07_softmax_regression": ("fit_digits", TABLE, fitted, lambda pixels: pixels),
    "day09_training_loops": ("train_classifier", WEIGHTS, trained, lambda pixels: pixels),
    "day12_convolutional_networks": ("fit_photographs", TABLE + WINDOWS, fitted, in_photographs),
}


@pytest.mark.slow
@pytest.mark.parametrize("day", CASES)
def test_digits_that_were_brought_along_earn_nothing(day: str) -> None:
    exercise, source, learn, shown = CASES[day]
    assert share_of_digits(NUMBERS + source, learn, shown) > 0.9
    checks = graded(Day(day), exercise, NUMBERS + source)
    scored = {name: check for name, check in checks.items() if "alphabet" in name or "accuracy" in name}
    assert len(scored) == 2
    for check in scored.values():
        assert check.points == 0
        # It answers, and with logits: what it names is wrong.
        assert check.verdict is Verdict.FAILED
        assert "accuracy on new" in check.message


def share_of_digits(source: str, learn: Callable[..., Any], shown: Callable[[Tensor], Tensor]) -> float:
    """Return how many new digits it names by their new numbers."""
    names: dict[str, Any] = {}
    exec(source, names)
    data, numbers = digits(7), torch.randperm(10)
    inputs = shown(data.train_inputs), shown(data.test_inputs)
    model = learn(names, Split(inputs[0], numbers[data.train_labels], inputs[1], data.test_labels)).eval()
    with torch.no_grad():
        return (model(inputs[1]).argmax(dim=1) == numbers[data.test_labels]).double().mean().item()


def graded(day: Day, exercise: str, source: str) -> dict[str, CheckResult]:
    """Grade the solution with this at the end of the exercise's cell; return the checks of the exercise by name."""
    subjects = subjects_of(day.course, day.name, mutants=False)

    def with_source(cell: Cell) -> Cell:
        return replace(cell, source=cell.source + source) if cell.exercise == exercise else cell

    submission = replace(subjects.solution, student="by_heart", cells=tuple(map(with_source, subjects.solution.cells)))
    with LocalEngine(day.course, subjects.day, workers=1) as engine:
        (report,) = engine.grade([submission], only={"by_heart": (exercise,)}, once=True)
    checks = [check for result in report.exercises if result.exercise == exercise for check in result.checks]
    return {check.id.rpartition("::")[2]: check for check in checks}
