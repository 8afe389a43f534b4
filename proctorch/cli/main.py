"""The `proctorch` command: its subcommands, what stands before them, and how errors leave."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Annotated, cast

import typer

from proctorch import __version__
from proctorch.cli import (
    build,
    check,
    clusters,
    demo_command,
    doctor,
    export,
    feedback,
    grade,
    regrade,
    selftest,
    validate,
    watch,
)
from proctorch.cli.settings import EVERYONE, INSTRUCTORS, STUDENTS, Settings
from proctorch.errors import EngineError, ProctorchError

CALL_OR_COURSE_WRONG = 2
NOT_JUDGED = 3
INTERRUPTED = 130
LONGEST_TRACEBACK = 100_000
INSTRUCTORS_PACKAGES = frozenset(
    {
        "alembic",
        "jinja2",
        "jupytext",
        "matplotlib",
        "nbconvert",
        "nbformat",
        "nbgrader",
        "pandas",
        "sqlalchemy",
        "traitlets",
    }
)

_EPILOG = (
    "Exit codes: 0 yes; 1 no (a check fails, a file is stale); 2 the call or the course is not right; "
    "3 the engine could not judge, so there is no mark."
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"proctorch {__version__}")
        raise typer.Exit


def _before(
    context: typer.Context,
    course: Annotated[
        Path | None, typer.Option("--course", metavar="FOLDER", help="The course folder. Default: the one you are in.")
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="PROCTORCH_DEBUG", help="Show where in the code an error came from.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A PyTorch course that grades itself.

    \b
    A student's day                     An instructor's day
      proctorch check                     proctorch build day02_tensors
      proctorch check softmax             proctorch grade day02_tensors
      proctorch watch                     proctorch export day02_tensors
    """
    context.obj = Settings(course=course, debug=debug)


def application() -> typer.Typer:
    """Return the command line, put together."""
    app = typer.Typer(
        name="proctorch",
        epilog=_EPILOG,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_before)
    app.command(rich_help_panel=STUDENTS)(check.check)
    app.command(rich_help_panel=STUDENTS)(watch.watch)
    app.command(rich_help_panel=INSTRUCTORS)(build.build)
    app.command(rich_help_panel=INSTRUCTORS)(grade.grade)
    app.command(rich_help_panel=INSTRUCTORS)(regrade.regrade)
    app.command(rich_help_panel=INSTRUCTORS)(feedback.feedback)
    app.command(rich_help_panel=INSTRUCTORS)(export.export)
    app.command(rich_help_panel=INSTRUCTORS)(clusters.clusters)
    app.command(rich_help_panel=INSTRUCTORS)(validate.validate)
    app.command(rich_help_panel=EVERYONE)(doctor.doctor)
    app.command(rich_help_panel=EVERYONE)(selftest.selftest)
    app.command(name="demo", rich_help_panel=EVERYONE)(demo_command.demo)
    return app


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; an expected error becomes one block of text on standard error."""
    debug = "--debug" in arguments or bool(os.environ.get("PROCTORCH_DEBUG"))
    try:
        application()(args=arguments, prog_name="proctorch")
    except SystemExit as end:
        return _exit_code(end)
    except KeyboardInterrupt:
        print("\nInterrupted. What was finished is kept.", file=sys.stderr)
        return INTERRUPTED
    except ProctorchError as error:
        if debug:
            raise
        _complain(error)
        return NOT_JUDGED if isinstance(error, EngineError) else CALL_OR_COURSE_WRONG
    except ModuleNotFoundError as error:
        if debug or (error.name or "").split(".")[0] not in INSTRUCTORS_PACKAGES:
            raise
        print(f"Error: this command needs {error.name}, which is among the instructor's packages.", file=sys.stderr)
        print(
            "  To mend it: pip install 'proctorch[instructor]', or make setup in a copy of the repository.",
            file=sys.stderr,
        )
        return CALL_OR_COURSE_WRONG
    return 0


def _exit_code(end: SystemExit) -> int:
    if end.code is None:
        return 0
    return end.code if isinstance(end.code, int) else 1


def _complain(error: ProctorchError) -> None:
    from proctorch.grading.wording import clean_text

    if not isinstance(error, EngineError):
        print(f"Error: {clean_text(str(error))}", file=sys.stderr)
        return
    print(f"The engine could not judge: {clean_text(str(error))}", file=sys.stderr)
    if "mark" not in str(error):
        print("No mark was given for what was not judged; finished results are kept.", file=sys.stderr)
    print("(proctorch --debug ... shows where it came from.)", file=sys.stderr)


def _show_traceback(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    """Print an unexpected error; its message may repeat what a student wrote."""
    from proctorch.grading.wording import clean_text

    print(clean_text("".join(traceback.format_exception(kind, error, place)), LONGEST_TRACEBACK), file=sys.stderr)


def main() -> None:
    """Start the command line.

    Text that the terminal cannot show is replaced, not fatal. The environment's own commands come first on PATH,
    because nbgrader calls `alembic` by its bare name. At the end nothing is left for the garbage collector, which
    would walk through all of torch before the process may go.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    # jsonschema, which nbgrader brings, imports a grammar of web addresses that takes 2 s to build, and does without.
    sys.modules.setdefault("rfc3987_syntax", cast(ModuleType, None))
    sys.excepthook = _show_traceback
    own = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([own, *filter(None, [os.environ.get("PATH")])])
    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)
