"""A small class: every one has a way of their own to be right or wrong, and no submission takes a tenth of a second.

Half of them sleep while their cells are run, so that guests are there to be killed and no core is busy meanwhile.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from proctorch.course import Course

DAY = "day01_lines"
_COURSE = Path(__file__).parent / "course"
_CENTRE = {
    "right": "    return points - points.mean(dim=0)",
    "keeps": "    return points - points.mean(dim=0, keepdim=True)",
    "loops": "    return torch.stack([row - sum(points) / len(points) for row in points])",
    "mistaken": "    return points - points.mean()",
    "shifted": "    return points - points[0]",
    "raises": '    raise ValueError("no idea")',
    "stub": "    raise NotImplementedError()",
    "exits": "    import os\n\n    os._exit(0)",
    "half": "    return points - points.mean(dim=0) if len(points) > 1 else points",
}
_SLOPE = {
    "right": "    return (centre(x) * centre(y)).sum() / centre(x).square().sum()",
    "mistaken": "    return y[-1] / x[-1]",
}
DAMAGED = "damaged"


def submissions() -> dict[str, dict[str, str]]:
    """Return the bodies of each student's exercises; equal code would be run once, so everybody has a number."""
    found = {}
    for number, (name, body) in enumerate(_CENTRE.items()):
        nap = "import time\n\ntime.sleep(0.3)\n\n\n" if number % 2 else ""
        for kind, other in _SLOPE.items() if name in ("right", "half") else [("right", _SLOPE["right"])]:
            student = f"{name}_{kind}"
            found[student] = {
                "centre": f"{nap}def centre(points):\n    # {student}\n{body}\n",
                "slope": f"def slope(x, y):\n    # {student}\n{other}\n",
            }
    return found


def students() -> list[str]:
    """Return the names of all who handed in something."""
    return sorted([*submissions(), DAMAGED])


def build(root: Path) -> Course:
    """Make the course at `root`: built, released, and handed in by everybody; graded it is not yet."""
    from proctorch.authoring.build import build_days

    shutil.copytree(_COURSE, root, ignore=shutil.ignore_patterns("__pycache__"))
    course = Course(root.resolve())
    build_days(course, [DAY], database=f"sqlite:///{course.root / 'gradebook.db'}")
    course.secret()
    for student in students():
        shutil.copytree(course.release / DAY, course.submitted / student / DAY)
        (course.submitted / student / DAY / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
    for student, bodies in submissions().items():
        _hand_in(course.submitted / student / DAY / f"{DAY}.ipynb", bodies)
    (course.submitted / DAMAGED / DAY / f"{DAY}.ipynb").write_bytes(b'{"cells": [')
    return course


def _hand_in(notebook: Path, bodies: dict[str, str]) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = bodies.get(name, cell["source"])
    notebook.write_text(json.dumps(content), encoding="utf-8")
