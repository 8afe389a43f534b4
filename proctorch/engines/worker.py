"""One worker: a process that grades submissions of one day, one after another (`judge`), with a zygote of its own.

The zygote is started first: it gets warm while this process imports torch and collects the checks. So nothing that
imports torch may be imported here, nor by the pool in its own process.
"""

from __future__ import annotations

import ast
import re
import signal
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from proctorch.course import Course
from proctorch.engines.jobs import Broken
from proctorch.errors import ProctorchError
from proctorch.model import DaySpec
from proctorch.sandbox.host import Zygote
from proctorch.sandbox.level import Level

ALWAYS_PRELOADED = ("numpy", "jaxtyping")
# torch imports symbolic_shapes, and with it sympy, on the first gradient that is given a direction: 0.75 s in every
# fork otherwise, and a third of a thin zygote's memory.
OF_GRADIENTS = "torch.fx.experimental.symbolic_shapes"
SLOW_IMPORTS = {"torch.optim": "torch._dynamo"}
# The lab's data sets that scikit-learn loads; the digits are read without it.
OF_SCIKIT_LEARN = frozenset({"iris", "wine", "breast_cancer", "diabetes"})


def serve(connection: Connection, course: Course, day: DaySpec, level: Level, apart: bool, core: int | None) -> None:
    """Be a worker: say `ready`, then answer jobs until None comes or the pipe closes. Ctrl-C is for the engine to hear.

    Once it is ready it stays on `core`, and so do its guests: host and guest speak in turns, so on two cores each would
    wait for the other one's to wake. It judged a sixth more that way.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    files = [
        path for path in (course.graders / day.name / name for name in ("public.py", "hidden.py")) if path.exists()
    ]
    zygote = None
    try:
        zygote = Zygote(preload_for(course.solution(day.name), files, day.devices), masked=(course.root,), level=level)
        zygote.launch()
        from proctorch.engines.judge import judge_jobs

        judge_jobs(connection, course, day, files, zygote, apart=apart, core=core)
    except (ProctorchError, OSError, SyntaxError) as error:
        with suppress(OSError):  # the pool has ended: nobody is left to tell
            connection.send(Broken(-1, type(error).__name__, str(error)))
    finally:
        if zygote is not None:
            zygote.close()


def preload_for(solution: Path, graders: Iterable[Path] = (), devices: int = 0) -> tuple[str, ...]:
    """Return what the zygote imports before it forks: what the day's own files import, and nothing more.

    A thin zygote forks in a third of the time of a full one. `devices` is how many GPUs the day simulates.
    """
    source = solution.read_text(encoding="utf-8")
    names: list[str] = list(ALWAYS_PRELOADED)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.append(node.module)
            names += [dotted for alias in node.names if (dotted := f"{node.module}.{alias.name}") in SLOW_IMPORTS]
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "torch.optim":
            names.append("torch.optim")
        elif isinstance(node, ast.Attribute) and node.attr in ("autograd", "backward"):
            names.append(OF_GRADIENTS)
    words = set(re.findall(r"\w+", " ".join([source, *(path.read_text(encoding="utf-8") for path in graders)])))
    if any(name.split(".")[0] == "torchvision" for name in names):
        names.insert(0, "proctorch.lab.vision")  # beside a torch without CUDA, torchvision imports only after it
    if "lab" in words:
        names.append("proctorch.lab")
        names += ["sklearn.datasets"] if words & OF_SCIKIT_LEARN else []
    if devices:
        names.append("proctorch.lab.gpu")
    extra = [SLOW_IMPORTS[name] for name in names if name in SLOW_IMPORTS]
    return tuple(dict.fromkeys(name for name in [*names, *extra] if name != "proctorch"))
