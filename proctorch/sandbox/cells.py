"""Running a submission's cells, and saying where in them something went wrong."""

from __future__ import annotations
import __future__

import ast
import linecache
import os
import re
import traceback
import types
from collections.abc import Callable
from typing import Any

LONGEST_MESSAGE = 2000
LONGEST_TRACE = 8000
_JUPYTER = "ipykernel_"
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RAISES = re.compile(r"\s*(raise|assert)\b")
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate memory")


def new_namespace(name: str = "__main__") -> types.ModuleType:
    """Return an empty module for the cells; like in Jupyter its `__name__` is `__main__`."""
    module = types.ModuleType(name)
    module.__dict__["__builtins__"] = __builtins__
    return module


def run_cell(namespace: dict[str, Any], label: str, source: str) -> dict[str, Any] | None:
    """Run one cell; return None, or what `describe_failure` says when it raised.

    Annotations are postponed, so that a missing import spoils what uses it and not every definition below it. The
    source is put into `linecache`, because tracebacks and TorchScript look it up there.
    """
    filename = cell_filename(label)
    lines = [line + "\n" for line in source.split("\n")]
    linecache.cache[filename] = (len(source), None, lines, filename)
    flags = __future__.annotations.compiler_flag | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        code = compile(source, filename, "exec", flags=flags, dont_inherit=True)
        if code.co_flags & 0x80:
            import asyncio

            asyncio.run(types.FunctionType(code, namespace)())
        else:
            exec(code, namespace)
    except BaseException as error:
        return describe_failure(error)
    return None


def cell_filename(label: str) -> str:
    """Return the file name under which a cell's code is known to tracebacks."""
    return f"<{label}>"


def describe_failure(error: BaseException) -> dict[str, Any]:
    """Say what was raised, and at which line of which cell, as plain values; never raises itself."""
    label, line = _place(error)
    return {
        "type": type(error).__name__[:200],
        "bases": [base.__name__[:200] for base in type(error).__mro__[:12]],
        "message": _guarded(lambda: str(error), LONGEST_MESSAGE),
        "line": line,
        "cell": label,
        "trace": _guarded(lambda: _trace(error), LONGEST_TRACE),
        "stub": isinstance(error, NotImplementedError) and not error.args,
        "memory": _is_out_of_memory(error),
        "own": _is_own(error),
    }


def _place(error: BaseException) -> tuple[str | None, int | None]:
    """Return the innermost cell and line that the exception passed through."""
    if isinstance(error, SyntaxError) and error.filename and _is_cell(error.filename):
        return _label(error.filename), error.lineno
    place: tuple[str | None, int | None] = (None, None)
    step = error.__traceback__
    while step is not None:
        if _is_cell(step.tb_frame.f_code.co_filename):
            place = _label(step.tb_frame.f_code.co_filename), step.tb_lineno
        step = step.tb_next
    return place


def _is_own(error: BaseException) -> bool:
    """Say whether a `raise` or `assert` of the submission raised it, so that its words are its author's."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or not _is_cell(step.tb_frame.f_code.co_filename):
        return False
    line = linecache.getline(step.tb_frame.f_code.co_filename, step.tb_lineno)
    return _RAISES.match(line) is not None


def _is_cell(filename: str) -> bool:
    return (filename.startswith("<") and filename in linecache.cache) or _JUPYTER in filename


def _label(filename: str) -> str:
    return "your cell" if _JUPYTER in filename else filename[1:-1]


def _trace(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_OURS)]
    return "".join(traceback.format_list(own)[-12:] + traceback.format_exception_only(error))


def _guarded(text: Callable[[], str], longest: int) -> str:
    """Return the text, cut; a student's own `__str__` may raise or return something else."""
    try:
        found = text()
        return found[:longest] if type(found) is str else "(no message)"
    except BaseException:
        return "(the exception's message could not be read)"


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if not isinstance(error, (RuntimeError, OSError)):
        return False
    message = _guarded(lambda: str(error), LONGEST_MESSAGE)
    return any(phrase in message for phrase in _OUT_OF_MEMORY)
