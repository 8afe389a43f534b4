"""What the watcher says: a line for each exercise that was run, and what turned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from proctorch.cli.render import check_block
from proctorch.grading.wording import clean_line, verdict_words
from proctorch.model import CheckResult, DaySpec, ExerciseResult, Verdict

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


@dataclass
class Standing:
    """What is known of a file's exercises so far."""

    results: dict[str, ExerciseResult] = field(default_factory=dict)

    def take(self, result: ExerciseResult) -> Mapping[str, Verdict]:
        """Keep a new result; return the verdicts that its checks had before."""
        before = self.results.get(result.exercise)
        self.results[result.exercise] = result
        return {check.id: check.verdict for check in before.checks} if before is not None else {}

    @property
    def passing(self) -> int:
        """How many public checks pass."""
        return sum(_passed(check) for result in self.results.values() for check in result.checks)

    @property
    def total(self) -> int:
        """How many public checks were run."""
        return sum(len(result.checks) for result in self.results.values())


def _passed(check: CheckResult) -> bool:
    return check.verdict is Verdict.PASSED


def exercise_lines(result: ExerciseResult, before: Mapping[str, Verdict]) -> Iterable[RenderableType]:
    """Yield what is said of one exercise: its line, what turned, and the first check that does not pass."""
    from rich.padding import Padding
    from rich.text import Text

    missing = [check for check in result.checks if not _passed(check)]
    verdict = missing[0].verdict if missing else Verdict.PASSED
    face = verdict_words(verdict)
    title = Text.assemble((f"  {face.sign} ", face.colour), (clean_line(result.exercise), "bold"))
    title.append(f"  {len(result.checks) - len(missing)} of {len(result.checks)}")
    if not missing and any(earlier is not Verdict.PASSED for earlier in before.values()):
        title.append("  complete now", style=face.colour)
    elif verdict is Verdict.NOT_IMPLEMENTED:
        title.append(f"  {face.words}", style=face.colour)
    yield title
    if missing:
        yield from _turned(result, before)
    if missing and verdict is not Verdict.NOT_IMPLEMENTED:
        yield Padding(check_block(missing[0]), (0, 0, 0, 4))
        if verdict is not Verdict.MISSING:
            yield from (_indented(f"{verdict_words(check.verdict).sign} {check.claim}") for check in missing[1:])


def _turned(result: ExerciseResult, before: Mapping[str, Verdict]) -> Iterable[RenderableType]:
    for check in result.checks:
        earlier = before.get(check.id)
        if earlier is not None and _passed(check) and earlier is not Verdict.PASSED:
            yield _indented(f"now passes: {check.claim}")
        if earlier is Verdict.PASSED and not _passed(check):
            yield _indented(f"passed before: {check.claim}")


def _indented(line: str) -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(clean_line(line)), (0, 0, 0, 6))


def standing_words(standing: Standing, day: DaySpec, passing_before: int | None) -> Text:
    """Return how the file stands: "12 of 30 public checks pass, 2 more than before"."""
    from rich.text import Text

    done, total = standing.passing, standing.total
    if total and done == total and len(standing.results) == len(day.exercises):
        return Text(f"All {total} public checks pass. {hidden_words(day)}", style="bold green")
    words = f"{done} of {total} public check{'s' * (total != 1)} pass{'es' * (total == 1 and done == 1)}"
    if passing_before is not None and done != passing_before:
        words += f", {abs(done - passing_before)} {'more' if done > passing_before else 'fewer'} than before"
    return Text(words + ".", style="bold")


def hidden_words(day: DaySpec) -> str:
    """Return how much is decided by checks that are not here."""
    from proctorch.grading.wording import mark_words

    count = sum(spec.hidden_checks for spec in day.exercises)
    points = sum((spec.hidden_points for spec in day.exercises), Fraction(0))
    if not count:
        return "There are no hidden checks."
    verb = "runs" if count == 1 else "run"
    return f"{count} hidden check{'s' * (count != 1)} ({mark_words(points)} points) {verb} when it is graded."


def farewell(seconds: float, saves: int, standings: Iterable[tuple[str, Standing, int]], day: DaySpec) -> Text:
    """Return the summary when the watcher is stopped; each standing comes with how many checks passed at first."""
    from rich.text import Text

    minutes = max(1, round(seconds / 60))
    text = Text(f"Stopped after {minutes} minute{'s' * (minutes != 1)} and {saves} save{'s' * (saves != 1)}.")
    for name, standing, at_first in standings:
        gained = standing.passing - at_first
        text.append(f"\n{clean_line(name)}: {standing.passing} of {standing.total} public checks pass")
        text.append(f", {gained} more than at the start." if gained > 0 else ".")
    text.append(f"\n{hidden_words(day)}")
    return text
