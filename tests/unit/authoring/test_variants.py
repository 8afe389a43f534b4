"""Misconceptions and alternatives, read as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctorch.authoring.variants import NO_VARIANTS, read_variants
from proctorch.errors import AuthoringError

FILE = '''"""Mistakes."""

import functools

import torch

from proctorch.grading.vocabulary import misconception


def helper(x):
    return x + 1


@misconception("double", "adds two", hint="Is that what doubling means?")
@functools.cache
def double(x):
    return helper(x) + 1


@misconception("double", "forgets to return", hint="What does a function without return give?")
def double(x):
    x * 2
'''


def test_variants_of_one_name_are_all_found_in_order(tmp_path: Path) -> None:
    path = tmp_path / "misconceptions.py"
    path.write_text(FILE)
    file = read_variants(path)
    assert [variant.title for variant in file.variants] == ["adds two", "forgets to return"]
    assert file.variants[0].source.startswith("@functools.cache\ndef double(x):")
    assert "misconception" not in file.variants[1].source
    assert file.of("triple") == ()


def test_the_preamble_holds_imports_and_helpers_and_nothing_of_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "misconceptions.py"
    path.write_text(FILE)
    preamble = read_variants(path).preamble
    namespace: dict[str, object] = {}
    exec(preamble, namespace)
    assert callable(namespace["helper"])
    assert "proctorch" not in preamble


def test_no_file_is_no_variants(tmp_path: Path) -> None:
    assert read_variants(tmp_path / "alternatives.py") == NO_VARIANTS


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('@misconception("double", "no hint")\ndef double(x): ...\n', 1),
        ('\n@misconception("double", "...", hint="")\ndef double(x): ...\n', 2),
        ('@alternative("double")\ndef double(x): ...\n', 1),
        ("def double(x:\n", 1),
    ],
)
def test_what_lacks_a_text_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "misconceptions.py"
    path.write_text(text)
    with pytest.raises(AuthoringError) as caught:
        read_variants(path)
    assert caught.value.line == line
    assert str(path) in str(caught.value)
