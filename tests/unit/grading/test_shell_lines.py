"""Jupyter's extras are taken out line for line, and nothing else is touched."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctorch.grading.shell_lines import plain_python


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%matplotlib inline\nx = 1", "pass  # %matplotlib inline\nx = 1"),
        ("x = 1\n!pip install torch", "x = 1\npass  # !pip install torch"),
        ("!!ls", "pass  # !!ls"),
        ("?torch.sum", "pass  # ?torch.sum"),
        ("torch.sum?", "pass  # torch.sum?"),
        ("torch.sum??", "pass  # torch.sum??"),
        ("files = !ls", "files = []  # files = !ls"),
        ("a, b = !ls", "a, b = []  # a, b = !ls"),
        ("home = %env HOME", "home = None  # home = %env HOME"),
        ("x = %time f(1)", "x = f(1)"),
        ("%time x = f(1)", "x = f(1)"),
        ("%time x = f(\n    1)", "x = f(\n    1)"),
        ("%timeit f(1)", "pass  # %timeit f(1)"),
        ("if True:\n    !ls\nelse:\n    %cd /", "if True:\n    pass  # !ls\nelse:\n    pass  # %cd /"),
        ("!pip install a \\\n  b \\\n  c\nx = 1", "pass  # !pip install a\n# b\n# c\nx = 1"),
        ("!echo \"it's\nx = 1", "pass  # !echo \"it's\nx = 1"),
        ("%%time\nx = 1", "# %%time\nx = 1"),
        ("\n%%time\n%%capture out\n!ls\nx = 1", "\n# %%time\n# %%capture out\npass  # !ls\nx = 1"),
        ("%%bash\nls\n\nrm x", "# %%bash\n# ls\n\n# rm x"),
        ("%%writefile a.py\nx = 1", "# %%writefile a.py\n# x = 1"),
        (",f a b\nx = 1", "pass  # ,f a b\nx = 1"),
    ],
)
def test_left_out(source: str, expected: str) -> None:
    plain, notes = plain_python(source)
    assert plain == expected
    assert plain.count("\n") == source.count("\n")
    ast.parse(plain)
    assert notes or "%time" in source
    assert plain_python(plain)[0] == plain


@pytest.mark.parametrize(
    "source",
    [
        "x = (a\n% b)",
        "x = a \\\n% b",
        's = """\n!ls\n%cd\nwhat?\n"""',
        "s = '''\n%%bash\n'''\nx = 'what?'",
        "x = a != b",
        "# what?\n# %time",
        "x = [\n    1,\n    2 # really?\n]",
        "def f(:\n    return 1 % 2",
    ],
)
def test_left_alone(source: str) -> None:
    assert plain_python(source) == (source, ())


def test_strings_are_left_alone_beside_a_magic() -> None:
    source = '!ls\ns = """\n!not a shell line\n%nor a magic\n"""\nx = (1\n% 2)\ny = "\\\n!z"'
    plain = plain_python(source)[0]
    assert plain.split("\n")[1:] == source.split("\n")[1:]
    ast.parse(plain)


def test_await_is_noted() -> None:
    assert "await" in plain_python("await f()")[1][0]
    assert plain_python("async def f():\n    await g()")[1] == ()


def test_await_is_looked_for_in_expressions_deeper_than_functions_may_nest() -> None:
    deep = "x = " + "+".join(["1"] * 900)
    assert plain_python(f"{deep}  # nothing to await")[1] == ()
    assert "await" in plain_python(f"{deep} + (await f())")[1][0]


@pytest.mark.parametrize(
    "source",
    [
        " " * 100_000 + "!",
        "a" + " " * 100_000 + "= !",
        "\n" * 100_000 + "!",
        "? " * 50_000,
        "%%time\n" * 20_000,
        "a = " * 40_000 + "!",
        '"' * 99_999,
        "\\" * 99_999 + "\n!",
        "((" * 50_000 + "\n!ls",
        "-" * 100_000 + "\n!ls",
        '!ls\nx = """\u4e00' + "\\n" * 99_000 + '"""',
    ],
)
def test_no_long_cell_takes_long(source: str) -> None:
    started = time.process_time()
    plain_python(source)
    assert time.process_time() - started < 2


@given(st.text(alphabet="a =%!?,;/'\"\\\n\t()#x:\x00\x0c\r", max_size=60))
@settings(max_examples=400, deadline=None)
def test_every_line_keeps_its_number(source: str) -> None:
    assert plain_python(source)[0].count("\n") == source.count("\n")
