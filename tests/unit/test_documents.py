"""README, CONTRIBUTING and SECURITY name only what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

import proctorch
from proctorch.cli.main import application

ROOT = Path(proctorch.__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
DAY = "day02_tensors"


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def named_paths(text: str) -> list[str]:
    """Return the paths in backticks; a bare file name belongs to the folder of the path before it."""
    paths, folder = [], ""
    for name in re.findall(r"`([\w./*-]+)`", text.replace("DAY", DAY)):
        if "/" in name and "*" not in name:
            folder = name if name.endswith("/") else f"{name.rpartition('/')[0]}/"
            paths.append(name)
        elif name.endswith(".py") and folder:
            paths.append(f"{folder}{name}")
    return paths


def test_the_rows_of_contributing_name_files_that_exist():
    rows = [line for line in text_of("CONTRIBUTING.md").splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) > 10
    missing = [path for row in rows for path in named_paths(row) if not (ROOT / path).exists()]
    assert missing == []


def test_security_names_files_and_families_of_attacks_that_exist():
    text = text_of("SECURITY.md")
    named = re.findall(r"`((?:proctorch|tests)/[\w./-]+)`", text)
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []
    families = {path.name for path in (ROOT / "tests/hostile").iterdir() if (next(path.glob("*/expected.json"), None))}
    listed = re.search(r"against the real sandbox: ([^.]*)\.", text)
    assert listed is not None
    told = {name.replace(" ", "_") for name in " ".join(listed[1].split()).split(", ")}
    assert families - told - {"control"} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_proctorch_command_exists_with_its_options(page):
    command = get_command(application())
    for name, rest in re.findall(r"(?:\$ |`)proctorch ([a-z]+)([^`\n#]*)", text_of(page)):
        known = {option for parameter in command.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known | {"--help"}, f"{page}: proctorch {name}{rest}"


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_exists(page):
    makefile = text_of("Makefile")
    targets = set(re.findall(r"(?:\$ |`)make ([a-z]+)", text_of(page)))
    assert targets
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_constraints_pin_every_dependency():
    import tomllib

    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    pinned = {re.split(r"==", line)[0].lower() for line in text_of("constraints.txt").splitlines() if "==" in line}
    assert {re.split(r"[\[><=]", name)[0].lower() for name in wanted} <= pinned
