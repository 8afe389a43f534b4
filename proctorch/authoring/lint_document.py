"""What can be wrong with an authored day that parses."""

from __future__ import annotations

from collections.abc import Iterator

from proctorch.authoring.document import AuthoredCell, Document, parse_python
from proctorch.authoring.regions import BEGIN, END, PLACEHOLDER, find_regions, stub_lines
from proctorch.authoring.signatures import defined_names
from proctorch.errors import AuthoringError

# nbgrader gives these words a meaning wherever they stand in a cell.
NBGRADER_WORDS = ("AUTOTEST", "HIDDEN TESTS", "MARK SCHEME")


def document_problems(document: Document) -> Iterator[AuthoringError]:
    """Yield all that is wrong with the cells of a day, in the order of the rules."""
    if not document.exercises:
        cure = 'begin a cell with `# %% exercise="softmax" points=4`.'
        yield AuthoringError(document.path, 1, "the day has no exercises", cure)
    yield from _duplicates(document)
    for cell in document.cells:
        yield from _nbgrader_words(cell, document)
        yield from _bare_prose(cell, document)
        if cell.exercise is None:
            yield from _misplaced_regions(cell, document)
    yield from _stubs(document)


def _duplicates(document: Document) -> Iterator[AuthoringError]:
    """Two exercises of one name; also `a_check`, when nbgrader's cell of exercise `a` is called that."""
    seen: dict[str, int] = {}
    for cell in document.exercises:
        name = cell.exercise or ""
        if name in seen:
            problem = f"there are two exercises called {name!r}: the other one begins at line {seen[name]}"
            cure = "rename one of them, or write both into one cell."
            yield AuthoringError(document.path, cell.header_line, problem, cure)
        seen.setdefault(name, cell.header_line)
    for cell in document.exercises:
        base = (cell.exercise or "").removesuffix("_check")
        if base != cell.exercise and base in seen:
            problem = f"the name {cell.exercise!r} is taken by the grade cell of exercise {base!r}"
            yield AuthoringError(document.path, cell.header_line, problem, "give the exercise another name.")


def _nbgrader_words(cell: AuthoredCell, document: Document) -> Iterator[AuthoringError]:
    for offset, line in enumerate(cell.text.split("\n")):
        for word in NBGRADER_WORDS:
            if word in line:
                problem = f"nbgrader would take {word!r} for one of its own marks"
                yield AuthoringError(document.path, cell.line + offset, problem, "write it differently.")


def _bare_prose(cell: AuthoredCell, document: Document) -> Iterator[AuthoringError]:
    """Prose stands behind `#`, or else in one string with three quotes."""
    if cell.kind != "markdown" or cell.text.startswith(('"""', "'''", 'r"""', "r'''")):
        return
    for offset, line in enumerate(cell.text.split("\n")):
        if line.strip() and not line.startswith("#"):
            cure = "begin the line with `# `, or write a `# %%` line above it if it is code."
            yield AuthoringError(document.path, cell.line + offset, "code in a prose cell", cure)
            return


def _misplaced_regions(cell: AuthoredCell, document: Document) -> Iterator[AuthoringError]:
    for offset, line in enumerate(cell.text.split("\n")):
        if BEGIN in line or END in line:
            cure = 'make it one with `# %% exercise="name" points=1`, or take the line out.'
            problem = "a solution region outside an exercise cell: students would read the solution"
            yield AuthoringError(document.path, cell.line + offset, problem, cure)
            return


def _stubs(document: Document) -> Iterator[AuthoringError]:
    """Look at what students would get: every exercise leaves something to do, parses, and defines its own names."""
    owners: dict[str, str] = {}
    for cell in document.exercises:
        try:
            names = _stub_names(cell, document)
        except AuthoringError as error:
            yield error
            continue
        for name, line in names.items():
            owner = owners.setdefault(name, cell.exercise or "")
            if owner != cell.exercise:
                problem = f"{name} is defined by exercise {owner!r} too: the later one would overwrite it"
                yield AuthoringError(document.path, line, problem, "rename one of them.")


def _stub_names(cell: AuthoredCell, document: Document) -> dict[str, int]:
    """Return the names that the stub of an exercise defines, with their lines in the file; raises AuthoringError."""
    path, lines = document.path, cell.text.split("\n")
    if not find_regions(lines, path, cell.line):
        problem = f"exercise {cell.exercise!r} has no solution region: there would be nothing to do"
        cure = f"put `### {BEGIN}` and `### {END}` around its solution."
        raise AuthoringError(path, cell.header_line, problem, cure)
    stub = stub_lines(lines, path, cell.line)
    authored_line = [cell.line + index for index, _ in stub]
    try:
        tree = parse_python("\n".join(text for _, text in stub), path)
    except AuthoringError as error:
        line = authored_line[min(error.line, len(stub)) - 1]
        problem = f"exercise {cell.exercise!r} does not parse with {PLACEHOLDER[1]!r} in it: {error.problem}"
        cure = "put the region around whole statements, indented as its BEGIN line is."
        raise AuthoringError(path, line, problem, cure) from error
    names = {name: authored_line[line - 1] for name, line in defined_names(tree).items()}
    if not names:
        problem = f"the stub of exercise {cell.exercise!r} defines no name: no check could call it"
        cure = "leave the `def` or `class` line outside the solution region."
        raise AuthoringError(path, cell.header_line, problem, cure)
    return names
