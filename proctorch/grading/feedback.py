"""Feedback for one exercise, as HTML for a page and as plain text for everywhere else.

Whatever comes from a student (messages quote their values, output is theirs) is cleaned of control characters and
escaped. Of a hidden check only the claim, the verdict, the message and hint (both made safe by the grader), the
exception's type and the line are shown; its detail and output never are.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proctorch.grading.drawing import draw
from proctorch.grading.wording import (
    NOT_JUDGED,
    clean_line,
    clean_text,
    points_words,
    problem_words,
    verdict_words,
    where_words,
)
from proctorch.model import CheckResult, ExerciseResult, Problem, Verdict

if TYPE_CHECKING:
    from jinja2 import Template

# Colours repeat what sign and words say. Text and backgrounds are the page's own (`inherit`, translucent grey), so the
# same markup reads well on a light and on a dark page; JupyterLab and nbgrader's page both bring styles for `pre`.
# The classes keep MathJax (2 and 3) from setting what a student's message has between dollar signs.
_HTML = """\
{%- macro fold(title, text) -%}
<details style="margin: 0.3em 0;">
<summary style="cursor: pointer; display: list-item;">{{ title }}</summary>
<pre style="color: inherit; background: rgba(128, 128, 128, 0.12); border: 0; padding: 0.5em; margin: 0.3em 0; \
white-space: pre-wrap; overflow-wrap: anywhere;">{{ text }}</pre>
</details>
{%- endmacro -%}
<div class="tex2jax_ignore mathjax_ignore" role="group" aria-label="Feedback for {{ title }}" \
style="color: inherit; line-height: 1.45; overflow-wrap: anywhere;">
<p style="margin: 0 0 0.4em 0; font-size: 1.1em;"><strong>{{ heading }}</strong></p>
{%- if summary %}
<p style="margin: 0 0 0.4em 0;">{{ summary }}</p>
{%- endif %}
{%- for remark in remarks %}
<p style="margin: 0 0 0.4em 0; padding: 0.3em 0.6em; background: rgba(128, 128, 128, 0.12);">{{ remark }}</p>
{%- endfor %}
<ul style="list-style: none; margin: 0; padding: 0;">
{%- for check in checks %}
<li style="margin: 0 0 0.5em 0; padding: 0.2em 0 0.2em 0.7em; border-left: 4px solid {{ check.colour }};">
<div><span aria-hidden="true">{{ check.sign }}</span> <strong>{{ check.words }}</strong> \
<span style="opacity: 0.85;">({{ check.points }}{% if check.hidden %}, hidden check{% endif %})</span></div>
<div>{{ check.claim }}</div>
{%- if check.message %}
<div style="white-space: pre-wrap; margin-top: 0.2em;">{{ check.message }}</div>
{%- endif %}
{%- if check.drawing %}
{{ check.drawing | safe }}
{%- endif %}
{%- if check.where %}
<div>{{ check.where }}</div>
{%- endif %}
{%- if check.mistake %}
<div style="margin-top: 0.2em;"><strong>This looks like:</strong> {{ check.mistake }}</div>
{%- endif %}
{%- if check.hint %}
<div style="margin-top: 0.2em;"><strong>Next step:</strong> {{ check.hint }}</div>
{%- endif %}
{%- if check.detail %}
{{ fold("More about this check", check.detail) }}
{%- endif %}
{%- if check.output %}
{{ fold("What your code printed", check.output) }}
{%- endif %}
</li>
{%- endfor %}
</ul>
</div>
"""


@dataclass(frozen=True)
class _Line:
    """What a student may read about one check, cleaned but not yet escaped."""

    sign: str
    words: str
    colour: str
    points: str
    hidden: bool
    claim: str
    message: str
    where: str
    mistake: str
    hint: str
    detail: str
    output: str
    drawing: str


def exercise_html(
    result: ExerciseResult, *, problem: Problem | None = None, notes: Sequence[str] = (), practice: str = ""
) -> str:
    """Return the feedback of one exercise as a fragment of HTML: inline styles, no scripts, nothing from elsewhere.

    `practice` is the sentence that says what public checks alone are worth; with it no mark is shown.
    """
    return _template().render(
        title=clean_line(result.title),
        heading=_heading(result, practice),
        summary=practice or _summary(result),
        remarks=_remarks(problem, notes),
        checks=[_line(check) for check in result.checks],
    )


def exercise_text(
    result: ExerciseResult, *, problem: Problem | None = None, notes: Sequence[str] = (), practice: str = ""
) -> str:
    """Return the feedback of one exercise as plain text, one indented block a check; `practice` as for HTML."""
    lines = [_heading(result, practice)]
    lines += [part for part in (practice or _summary(result), *_remarks(problem, notes)) if part]
    for check in result.checks:
        lines += _text_lines(_line(check))
    return "\n".join(lines)


def _text_lines(line: _Line) -> list[str]:
    """Return one check's block of plain text."""
    hidden = ", hidden check" if line.hidden else ""
    lines = [f"  {line.sign} {line.words} ({line.points}{hidden})", f"    {line.claim}"]
    mistake = f"This looks like: {line.mistake}" if line.mistake else ""
    hint = f"Next step: {line.hint}" if line.hint else ""
    output = f"What your code printed:\n{line.output}" if line.output else ""
    for part in (line.message, line.where, mistake, hint, line.detail, output):
        lines += [f"    {row}".rstrip() for row in part.splitlines()]
    return lines


def _line(check: CheckResult) -> _Line:
    """Return what a student may read about one check."""
    words = verdict_words(check.verdict)
    own = check.public
    message = clean_text(check.message, 2_000).strip()
    detail = clean_text(check.detail).strip() if own else ""
    return _Line(
        sign=words.sign,
        words=words.words,
        colour=words.colour,
        points=points_words(check.points, check.max_points) if check.verdict.judged else "no mark",
        hidden=not own,
        claim=clean_line(check.claim, 600),
        message=message,
        where="" if check.exception is not None and check.exception in message else where_words(check),
        mistake=clean_line(check.misconception or ""),
        hint=clean_text(check.hint or "", 1_000).strip(),
        detail="" if detail == message else detail,
        output=clean_text(check.output).rstrip() if own else "",
        drawing="" if check.picture is None or not own else draw(check.picture),
    )


def _heading(result: ExerciseResult, practice: str) -> str:
    """Return the exercise's title, and its mark unless this is practice."""
    title = clean_line(result.title)
    return title if practice else f"{title}: {_mark(result)}"


def _mark(result: ExerciseResult) -> str:
    """Return the exercise's mark, or the words that say there is none."""
    return points_words(result.points, result.max_points) if result.judged else NOT_JUDGED


def _summary(result: ExerciseResult) -> str:
    """Return how many of the public and of the hidden checks pass."""
    parts = []
    for public, name in ((True, "public"), (False, "hidden")):
        verdicts = [check.verdict for check in result.checks if check.public is public]
        if verdicts:
            passed = verdicts.count(Verdict.PASSED)
            checks = "check passes" if len(verdicts) == 1 else "checks pass"
            parts.append(f"{passed} of {len(verdicts)} {name} {checks}")
    return ", ".join(parts) + "." if parts else ""


def _remarks(problem: Problem | None, notes: Sequence[str]) -> list[str]:
    """Return what concerns the whole submission: its problem first, then the notes."""
    return ([] if problem is None else [problem_words(problem)]) + [clean_line(note, 600) for note in notes]


@functools.cache
def _template() -> Template:
    """Return the compiled template; jinja2 is imported here, so that students' installs do without it."""
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_HTML)
