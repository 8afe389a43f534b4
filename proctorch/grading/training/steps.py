"""Did the weights go where they should? One step, gradients forgotten in between, optimizer before scheduler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from proctorch.errors import CheckFailure
from proctorch.grading.phrases import number_phrase
from proctorch.grading.progress import note_right
from proctorch.grading.training.reference import Batch, Recipe, reference_run
from proctorch.grading.training.states import Owner, State, names_phrase, numbers_in, require_same_names, state_of

# Of the longest way that a number has gone: Adam's steps drift by 3e-9 between equivalent float64 codes.
_TOLERANCE = 1e-6


def assert_same_step(
    after: Owner,
    expected: Owner,
    *,
    before: Owner,
    unlike: Mapping[str, Owner] | None = None,
    what: str = "the model",
) -> None:
    """Check that training has taken a model from `before` to where the reference went; forgery-proof.

    All three are modules or state dicts, in float64, at most ten steps apart; buffers such as running statistics are
    compared, too. `expected` comes from `reference_run` or from the check's own formulas. `unlike` maps an explanation
    to the outcome of a known mistake; where `after` is equal to one, the sentence says so. Raises CheckFailure, and
    ValueError where `expected` is not in float64 or equals a mistake's outcome, so that the check could not tell.

        before = state_of(model)
        student.training_step(model, inputs, labels, loss, optimizer)
        expected = reference_run(network, [(inputs, labels)], recipe)
        assert_same_step(model, expected, before=before)
    """
    given, wanted, start = state_of(after, what), state_of(expected), state_of(before)
    mistakes = {told: state_of(outcome) for told, outcome in (unlike or {}).items()}
    _require_telling(wanted, start, mistakes)
    require_same_names(given, wanted, what)
    _require_finite(given, what)
    if not (different := _different(given, wanted, start)):
        note_right()
        return
    for told, outcome in mistakes.items():
        if not _different(given, outcome, start):
            raise CheckFailure("step", f"{what} {told}", f"{what} {told}")
    raise _where(given, wanted, start, different, what)


def assert_gradients_zeroed(
    after: Owner, network: nn.Module, batches: Iterable[Batch], recipe: Recipe, *, what: str = "the model"
) -> None:
    """Check that each step forgot the gradients of the one before, by the weights that are left; forgery-proof.

    `network` is the host's module as it was before, `batches` at least two. Raises CheckFailure, naming gradients that
    piled up where that explains the weights, and ValueError where the check could not tell (a single step).
    """
    batches = list(batches)
    piled = reference_run(network, batches, replace(recipe, zero=False))
    told = "moved as if the gradients of one step were still there in the next"
    expected = reference_run(network, batches, recipe)
    assert_same_step(after, expected, before=network, unlike={told: piled}, what=what)


def assert_scheduler_order(
    after: Owner,
    network: nn.Module,
    batches: Iterable[Batch],
    recipe: Recipe,
    epochs: int = 1,
    *,
    what: str = "the model",
) -> None:
    """Check when the schedule changed the learning rate, by the steps that the weights took; forgery-proof.

    `recipe.scheduler` is needed, and `recipe.every` says when it steps. Raises CheckFailure, naming the mistake that
    explains the weights (scheduler before optimizer, never, with every batch, once an epoch), and ValueError where the
    schedule makes no difference.
    """
    batches = list(batches)
    wrong = {
        "was trained as if the learning rate never changed: does the scheduler step?": replace(recipe, scheduler=None)
    }
    if recipe.every == "batch":
        first = replace(recipe, scheduler_first=True)
        wrong["was trained as if the scheduler stepped before the optimizer, so the first rate was never used"] = first
        if epochs > 1:
            wrong["was trained as if the scheduler stepped once an epoch"] = replace(recipe, every="epoch")
    else:
        wrong["was trained as if the scheduler stepped with every batch"] = replace(recipe, every="batch")
    outcomes = {told: reference_run(network, batches, other, epochs) for told, other in wrong.items()}
    expected = reference_run(network, batches, recipe, epochs)
    assert_same_step(after, expected, before=network, unlike=outcomes, what=what)


def _require_telling(expected: State, before: State, mistakes: Mapping[str, State]) -> None:
    """Raise ValueError where the check could not see what it claims to see: the grader's author must mend that."""
    numbers = numbers_in(expected)
    if not numbers or any(value.dtype is not torch.float64 for value in numbers.values()):
        raise ValueError("weights after training are compared in float64, and these are not: call .double() on it")
    if not _scale(expected, before):
        raise ValueError("the expected weights are those from before: give the step something to do")
    for told, outcome in mistakes.items():
        if not _different(outcome, expected, before):
            raise ValueError(f"a model that {told!r} has the same weights as a right one: take more steps or batches")


def _require_finite(given: State, what: str) -> None:
    bad = [key for key, value in numbers_in(given).items() if not bool(value.isfinite().all())]
    if bad:
        told = f"{names_phrase(bad)} of {what} {'is' if len(bad) == 1 else 'are'} nan or infinite after training"
        raise CheckFailure("finite", told, f"{what} is nan or infinite after training")


def _scale(expected: State, before: State) -> float:
    """Return the longest way that one number should go."""
    return max((float((value - before[key]).abs().max()) for key, value in numbers_in(expected).items()), default=0.0)


def _different(given: State, expected: State, before: State) -> list[str]:
    """Return the names of what is not where it should be; whole numbers (batches that were counted) must be equal."""
    allowed = _TOLERANCE * _scale(expected, before)
    found = []
    for key, value in expected.items():
        if value.is_floating_point():
            near = bool(((given[key].double() - value).abs() <= allowed).all())
        else:
            near = torch.equal(given[key].to(value.dtype), value)
        if not near:
            found.append(key)
    return found


def _where(given: State, expected: State, before: State, different: list[str], what: str) -> CheckFailure:
    """Say in which way the weights are wrong: not moved, uphill, too far, or which ones and by how much."""
    names = names_phrase(different)
    way, right_way = _ways(given, before), _ways(expected, before)
    if not way.any():
        told = f"{what} has not moved: every weight is what it was before"
        return CheckFailure("step", told, told)
    factor = float(way @ right_way / (right_way @ right_way))
    if torch.allclose(way, factor * right_way, rtol=0.0, atol=1e-4 * float(way.abs().max())):
        if factor < 0:
            told = f"{what} moved uphill, against the direction that it should have taken"
            return CheckFailure("step", told, told)
        if abs(factor - 1) > 1e-3:
            safe = f"{what} moved in the right direction, but {'too far' if factor > 1 else 'not far enough'}"
            return CheckFailure("step", f"{safe}: {number_phrase(factor, 4)} times the way", safe)
    still = [key for key in different if torch.equal(given[key], before[key]) and key in numbers_in(expected)]
    if still and len(still) == len(different):
        told = f"{names_phrase(still)} of {what} should have changed and did not"
        return CheckFailure("step", told, told)
    key = different[0]
    gap = number_phrase(float((given[key].double() - expected[key].double()).abs().max()), 3)
    safe = f"{what} is not where a right loop leaves it: {names} {'is' if len(different) == 1 else 'are'} different"
    return CheckFailure("step", f"{safe} ({key} by up to {gap})", safe)


def _ways(state: State, before: State) -> Tensor:
    """Return how far every parameter has gone, in one row; buffers, which no optimizer moves, are left out."""
    keys = [key for key in numbers_in(before) if "running_" not in key]
    return torch.cat([(state[key].double() - before[key].double()).flatten() for key in keys])
