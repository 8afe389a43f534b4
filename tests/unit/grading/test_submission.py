"""Which file of a submission counts, and what becomes of each kind of bad input."""

from __future__ import annotations

import json
import os
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctorch.errors import EngineError
from proctorch.grading.notebook_reader import MAX_CELLS, read_notebook_bytes
from proctorch.grading.script_reader import read_script_bytes
from proctorch.grading.submission import read_submission, submission_from_file
from proctorch.grading.untrusted_file import NOTEBOOK_LIMIT
from proctorch.model import DaySpec, ExerciseSpec, Submission, Verdict

SOFTMAX_STUB = "def softmax(logits):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
NORM_STUB = "def norm(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
SOFTMAX = "def softmax(logits):\n    return logits.exp() / logits.exp().sum()"
NORM = "def norm(x):\n    return x.norm()"
DAY = DaySpec(
    "day02_tensors",
    "Tensors",
    (
        ExerciseSpec("softmax", "Softmax", Fraction(4), SOFTMAX_STUB, ("softmax",)),
        ExerciseSpec("norm", "Norm", Fraction(2), NORM_STUB, ("norm",)),
    ),
)


def code(source: Any, grade_id: str = "", cell_id: str = "", **more: Any) -> dict[str, Any]:
    """A code cell as Jupyter writes it."""
    metadata = {"nbgrader": {"grade_id": grade_id, "schema_version": 3}} if grade_id else {}
    cell = {"cell_type": "code", "source": source, "metadata": metadata, "outputs": [], "execution_count": None}
    return {**cell, **({"id": cell_id} if cell_id else {}), **more}


def check_cell(name: str) -> dict[str, Any]:
    return code(f'from proctorch import check\n\ncheck("{name}")', f"{name}_check")


def notebook(*cells: Any) -> bytes:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def released(softmax: str = SOFTMAX_STUB, norm: str = NORM_STUB) -> bytes:
    """The released notebook, with these two answers in it."""
    text = {"cell_type": "markdown", "source": ["# Tensors\n", "Text."], "metadata": {}}
    return notebook(
        text,
        code("import torch"),
        code(softmax, "softmax"),
        check_cell("softmax"),
        code(norm, "norm"),
        check_cell("norm"),
    )


def script(softmax: str = SOFTMAX_STUB, norm: str = NORM_STUB) -> str:
    return (
        "# Generated: do not edit.\n# %% [markdown]\n# # Tensors\n\n# %%\nimport torch\n\n"
        f'# %% exercise="softmax" points=4\n{softmax}\n\n# %% exercise="norm" points=2\n{norm}\n'
    )


def handed_in(folder: Path, data: bytes | None = None, text: str | None = None) -> Submission:
    if data is not None:
        (folder / "day02_tensors.ipynb").write_bytes(data)
    if text is not None:
        (folder / "day02_tensors.py").write_text(text)
    return read_submission(folder, DAY, "ada")


def answer(submission: Submission, name: str) -> str:
    """The source of the one cell that answers an exercise."""
    (cell,) = [cell for cell in submission.cells if cell.exercise == name]
    return cell.source


def test_a_whole_notebook(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, released(SOFTMAX, NORM))
    assert (submission.problem, submission.problems, submission.notes) == (None, {}, ())
    assert submission.origin == "notebook"
    assert [cell.kind for cell in submission.cells] == ["markdown", *["code"] * 5]
    assert [cell.exercise for cell in submission.cells] == [None, None, "softmax", None, "norm", None]
    assert [cell.check_of for cell in submission.cells] == [None, None, None, "softmax", None, "norm"]
    assert submission.cells[2].label == "cell 3 (softmax)"
    assert submission.cells[0].source == "# Tensors\nText."


class TestWhichFileCounts:
    def test_the_script_when_the_notebook_is_untouched(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, released(SOFTMAX_STUB.replace("    ", "  ")), script(SOFTMAX))
        assert submission.origin == "script"
        assert answer(submission, "softmax") == SOFTMAX
        assert submission.notes == ("The exercises in day02_tensors.ipynb are untouched, so day02_tensors.py counts.",)

    def test_the_notebook_when_both_are_changed(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, released(SOFTMAX), script(norm=NORM))
        assert submission.origin == "notebook"
        assert "both changed" in submission.notes[0]

    def test_no_note_when_both_say_the_same(self, tmp_path: Path) -> None:
        assert handed_in(tmp_path, released(SOFTMAX), script(SOFTMAX)).notes == ()

    def test_the_notebook_when_nothing_is_changed(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, released(), script())
        assert (submission.origin, submission.notes) == ("notebook", ())

    def test_the_script_when_the_notebook_is_broken(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, b"{", script(SOFTMAX))
        assert (submission.origin, submission.problem) == ("script", None)
        assert "cannot be used" in submission.notes[0]

    def test_the_broken_notebook_when_the_script_is_untouched(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, b"{", script())
        assert submission.problem is not None and submission.problem.verdict is Verdict.UNREADABLE

    @pytest.mark.parametrize("text", [script(), script(SOFTMAX)])
    def test_the_script_alone(self, tmp_path: Path, text: str) -> None:
        submission = handed_in(tmp_path, None, text)
        assert submission.origin == "script" and submission.problem is None
        assert {cell.exercise for cell in submission.cells} >= {"softmax", "norm"}

    def test_nothing(self, tmp_path: Path) -> None:
        for folder in (tmp_path, tmp_path / "absent"):
            problem = read_submission(folder, DAY, "ada").problem
            assert problem is not None and problem.verdict is Verdict.MISSING
            assert problem.message.startswith("No day02_tensors.ipynb or day02_tensors.py was handed in.")

    def test_a_wrong_name(self, tmp_path: Path) -> None:
        (tmp_path / "day02_tensors (1).ipynb").write_bytes(released(SOFTMAX))
        submission = read_submission(tmp_path, DAY, "ada")
        assert answer(submission, "softmax") == SOFTMAX
        assert "day02_tensors (1).ipynb; it was taken for day02_tensors.ipynb" in submission.notes[0]

    def test_two_wrong_names(self, tmp_path: Path) -> None:
        for name in ("one.ipynb", "tw\u00f6\n.ipynb"):
            (tmp_path / name).write_bytes(released(SOFTMAX))
        problem = read_submission(tmp_path, DAY, "ada").problem
        assert problem is not None and problem.verdict is Verdict.MISSING
        assert "one.ipynb, tw\u00f6?.ipynb instead" in problem.message

    def test_checks_py_is_not_an_answer(self, tmp_path: Path) -> None:
        (tmp_path / "checks.py").write_text(SOFTMAX)
        assert read_submission(tmp_path, DAY, "ada").origin == "none"


class TestUnreadable:
    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "is empty"),
            (b" \n", "is empty"),
            (released()[:-40], "breaks off in line 1"),
            (b"<html>404</html>", "is not JSON"),
            (b"\x80\x04\x95pickle", "is not JSON"),
            (b"[]", "not a notebook"),
            (b"3", "not a notebook"),
            (b"NaN", "not a notebook"),
            (b"{}", "no list of cells"),
            (b'{"cells": {"0": 1}}', "no list of cells"),
            (b'{"worksheets": 7}', "no list of cells"),
            (b'{"cells":' + b"[" * 200_000, "nested too deeply"),
            (b'{"cells":' + b'{"a":' * 200_000, "nested too deeply"),
            (b'{\n<<<<<<< HEAD\n"a": 1,\n=======\n>>>>>>> b\n}', "git merge conflict"),
            (b'{"cells": [' + b"[]," * 6_100_000 + b"[]]}", "more than 6,000,000 values"),
        ],
    )
    def test_says_why(self, tmp_path: Path, data: bytes, why: str) -> None:
        problem = handed_in(tmp_path, data).problem
        assert problem is not None and problem.verdict is Verdict.UNREADABLE
        assert why in problem.message and "To mend it:" in problem.message

    def test_too_large(self, tmp_path: Path) -> None:
        with (tmp_path / "day02_tensors.ipynb").open("wb") as stream:
            stream.truncate(NOTEBOOK_LIMIT + 1)
        problem = read_submission(tmp_path, DAY, "ada").problem
        assert problem is not None and "larger than 64 MiB" in problem.message

    @pytest.mark.parametrize("name", ["day02_tensors.ipynb", "day02_tensors.py"])
    @pytest.mark.parametrize("what", ["a folder", "a link to another place", "a pipe or a device"])
    def test_not_a_file(self, tmp_path: Path, name: str, what: str) -> None:
        secret = tmp_path / "secret"
        secret.write_bytes(released(SOFTMAX))
        folder = tmp_path / "submitted"
        folder.mkdir()
        path = folder / name
        {"a folder": path.mkdir, "a link to another place": lambda: path.symlink_to(secret)}.get(
            what, lambda: os.mkfifo(path)
        )()
        submission = read_submission(folder, DAY, "ada")
        assert submission.cells == () and submission.problem is not None
        assert submission.problem.verdict is Verdict.UNREADABLE and f"is {what}" in submission.problem.message

    def test_a_folder_in_its_place_and_the_script_worked_on(self, tmp_path: Path) -> None:
        (tmp_path / "day02_tensors.ipynb").mkdir()
        assert answer(handed_in(tmp_path, None, script(SOFTMAX)), "softmax") == SOFTMAX

    def test_the_machine_that_cannot_list_is_not_the_students_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(folder: Path) -> Any:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "scandir", broken)
        with pytest.raises(EngineError, match="cannot be listed"):
            read_submission(Path("/nowhere"), DAY, "ada")


class TestDamagedCells:
    def test_a_copy_that_is_still_the_stub_is_left_out(self, tmp_path: Path) -> None:
        for cells in ((SOFTMAX, SOFTMAX_STUB), (SOFTMAX_STUB, SOFTMAX)):
            submission = handed_in(tmp_path, notebook(*(code(c, "softmax") for c in cells), code(NORM, "norm")))
            assert [cell.source for cell in submission.cells] == [SOFTMAX, NORM]
            assert submission.notes == ()

    def test_the_last_of_two_answers_counts(self, tmp_path: Path) -> None:
        other = SOFTMAX.replace("exp", "sqrt")
        submission = handed_in(tmp_path, notebook(code(SOFTMAX, "softmax"), code(other, "softmax"), code(NORM, "norm")))
        assert answer(submission, "softmax") == other
        assert [cell.source for cell in submission.cells] == [SOFTMAX, other, NORM]
        assert submission.notes == ("softmax is answered more than once (cell 1, cell 2): the last, cell 2, counts.",)

    def test_stripped_metadata(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, notebook(code("import torch"), code(SOFTMAX), code(NORM_STUB)))
        assert (answer(submission, "softmax"), answer(submission, "norm")) == (SOFTMAX, NORM_STUB)

    def test_stripped_metadata_and_a_syntax_error(self, tmp_path: Path) -> None:
        broken = "def softmax(logits):\n    return (1"
        submission = handed_in(tmp_path, notebook(code(broken), code(NORM)))
        assert answer(submission, "softmax") == broken and submission.problems == {}

    def test_cell_ids(self, tmp_path: Path) -> None:
        cells = [code("x = 1", cell_id="softmax"), code("boom(", cell_id="softmax-check"), code(NORM, cell_id="norm")]
        submission = handed_in(tmp_path, notebook(*cells))
        assert answer(submission, "softmax") == "x = 1"
        assert submission.cells[1].check_of == "softmax"

    def test_an_answer_in_a_cell_of_its_own_beside_the_stub(self, tmp_path: Path) -> None:
        for cells in (
            [code(SOFTMAX_STUB, "softmax"), code(SOFTMAX), code(NORM, "norm")],
            [code(SOFTMAX), code(SOFTMAX_STUB, "softmax"), code(NORM, "norm")],
        ):
            submission = handed_in(tmp_path, notebook(*cells))
            assert answer(submission, "softmax") == SOFTMAX
            assert SOFTMAX_STUB not in [cell.source for cell in submission.cells]
            assert "your answer was found in" in submission.notes[0]

    def test_an_import_of_the_name_is_no_answer(self, tmp_path: Path) -> None:
        imported = "from torch.nn.functional import softmax"
        submission = handed_in(tmp_path, notebook(code(imported), code(SOFTMAX_STUB, "softmax"), code(NORM, "norm")))
        assert answer(submission, "softmax") == SOFTMAX_STUB

    def test_a_missing_cell_is_missing_for_that_exercise_only(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, notebook(code(SOFTMAX, "softmax")))
        assert list(submission.problems) == ["norm"] and submission.problem is None
        assert submission.problems["norm"].verdict is Verdict.MISSING
        assert "copy the cell of norm" in submission.problems["norm"].message

    def test_two_exercises_in_one_cell(self, tmp_path: Path) -> None:
        submission = handed_in(tmp_path, notebook(code(SOFTMAX + "\n\n" + NORM, "softmax")))
        assert submission.problems == {} and len(submission.cells) == 1

    def test_an_edited_check_cell_is_noted(self, tmp_path: Path) -> None:
        cells = [code(SOFTMAX, "softmax"), code("4.0", "softmax_check"), code(NORM, "norm")]
        submission = handed_in(tmp_path, notebook(*cells))
        assert submission.cells[1].check_of == "softmax"
        assert submission.notes == (
            "cell 2, the check cell of softmax, was changed; the original one was used instead.",
        )

    def test_copied_check_calls_never_run(self, tmp_path: Path) -> None:
        extra = code("import proctorch\nproctorch.check('softmax')\nproctorch.check('norm')")
        submission = handed_in(tmp_path, notebook(code(SOFTMAX, "softmax"), extra, code(NORM, "norm")))
        assert submission.cells[1].check_of == "softmax"

    def test_an_exercise_turned_into_text(self, tmp_path: Path) -> None:
        cell = {**code(SOFTMAX, "softmax"), "cell_type": "markdown"}
        submission = handed_in(tmp_path, notebook(cell, code(NORM, "norm")))
        assert submission.cells[0].kind == "code" and "turned into a markdown cell" in submission.notes[0]

    @pytest.mark.parametrize("source", [7, None, ["a", 1], {"a": 1}, "x" * 10_000_000])
    def test_a_source_that_cannot_be_used(self, tmp_path: Path, source: Any) -> None:
        submission = handed_in(tmp_path, notebook(code(source), code(source, "softmax"), code(NORM, "norm")))
        assert submission.problems["softmax"].verdict is Verdict.UNREADABLE
        assert "To mend it:" in submission.problems["softmax"].message
        assert [cell.source for cell in submission.cells] == [NORM]

    def test_things_that_are_not_cells(self, tmp_path: Path) -> None:
        odd = [None, 3, [], {}, {"cell_type": 4, "metadata": [], "source": "a"}, {"metadata": {"nbgrader": []}}]
        submission = handed_in(tmp_path, notebook(*odd, code(SOFTMAX, "softmax"), code(NORM, "norm")))
        assert answer(submission, "norm") == NORM and submission.problems == {}

    def test_thousands_of_cells(self, tmp_path: Path) -> None:
        cells = [code("x = 1")] * (MAX_CELLS + 100) + [code(SOFTMAX, "softmax"), code(NORM, "norm")]
        submission = handed_in(tmp_path, notebook(*cells))
        assert answer(submission, "norm") == NORM
        assert len(submission.cells) == MAX_CELLS + 2
        assert "100 cells behind the first" in submission.notes[-1]

    def test_fifty_megabytes_of_output(self, tmp_path: Path) -> None:
        output = {"output_type": "stream", "name": "stdout", "text": ["0123456789" * 5 + "\n"] * 1_000_000}
        submission = handed_in(tmp_path, notebook(code(SOFTMAX, "softmax", outputs=[output]), code(NORM, "norm")))
        assert submission.problem is None and answer(submission, "softmax") == SOFTMAX

    def test_counting_the_values_of_a_text_of_escapes_costs_no_more_than_the_text(self) -> None:
        data = b'{"cells": ["' + b"\\n" * 1_500_000 + b'"]}'
        tracemalloc.start()
        try:
            read_notebook_bytes(data, DAY, "n.ipynb")
            assert tracemalloc.get_traced_memory()[1] < 12 * len(data)
        finally:
            tracemalloc.stop()


class TestEncodings:
    def test_byte_order_marks(self, tmp_path: Path) -> None:
        for encoding in ("utf-8-sig", "utf-16", "utf-32", "utf-16-le"):
            submission = handed_in(tmp_path, released(SOFTMAX, NORM).decode().encode(encoding))
            assert answer(submission, "softmax") == SOFTMAX, encoding

    def test_the_values_of_utf16_are_counted_too(self) -> None:
        """In UTF-16, \u2200 holds the byte of a quote: what stands behind it is no string."""
        text = '["\u2200", ' + "{}," * 3_000_001 + "0]"
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            reading = read_notebook_bytes(text.encode(encoding), DAY, "n.ipynb")
            assert reading is not None and reading.problem is not None
            assert "more than 6,000,000 values" in reading.problem.message

    def test_bytes_that_are_not_utf8(self, tmp_path: Path) -> None:
        data = released(SOFTMAX + "  # gr\u00fc\u00dfe", NORM).replace(b"\\u00fc\\u00df", b"\xfc\xdf")
        submission = handed_in(tmp_path, data)
        assert answer(submission, "softmax").startswith(SOFTMAX)
        assert "not UTF-8" in submission.notes[0]

    def test_surrogates_control_characters_and_line_ends(self, tmp_path: Path) -> None:
        odd = "def softmax(x):\r\n    return '\ud800\x00\x1b'\r"
        source = answer(handed_in(tmp_path, released(odd, NORM)), "softmax")
        assert source == "def softmax(x):\n    return '\ufffd\x00\x1b'\n"
        source.encode("utf-8")

    def test_huge_numbers_constants_and_keys_given_twice(self, tmp_path: Path) -> None:
        data = released(SOFTMAX, NORM).replace(b'"execution_count": null', b'"execution_count": 1' + b"0" * 9_000)
        data = data.replace(b'"nbformat": 4', b'"nbformat": NaN, "x": -Infinity, "y": 1e9999, "nbformat": []')
        assert answer(handed_in(tmp_path, data), "softmax") == SOFTMAX

    def test_nbformat_3(self, tmp_path: Path) -> None:
        cells = [
            {"cell_type": "heading", "level": 1, "source": "Tensors"},
            {"cell_type": "code", "input": [SOFTMAX], "language": "python", "outputs": []},
            {"cell_type": "code", "input": NORM, "metadata": {"nbgrader": {"grade_id": "norm"}}},
        ]
        data = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}, 3, {"cells": 3}]}).encode()
        submission = handed_in(tmp_path, data)
        assert (answer(submission, "softmax"), answer(submission, "norm")) == (SOFTMAX, NORM)
        assert submission.cells[0].kind == "markdown"


def test_magics_are_left_out_and_noted(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, released("%%time\n!pip install torch\n" + SOFTMAX, NORM))
    assert answer(submission, "softmax") == "# %%time\npass  # !pip install torch\n" + SOFTMAX
    assert submission.notes == (
        "cell 3 (softmax): `%%time` was left out; the rest of the cell runs.",
        "cell 3 (softmax): `!pip install torch` is for Jupyter only and was left out.",
    )


def test_the_hash_follows_the_code_and_the_problems(tmp_path: Path) -> None:
    whole = handed_in(tmp_path, released(SOFTMAX, NORM)).content_hash
    assert handed_in(tmp_path, released(SOFTMAX, NORM)).content_hash == whole
    assert handed_in(tmp_path, released(SOFTMAX)).content_hash != whole


class TestOneFile:
    def test_either_kind(self, tmp_path: Path) -> None:
        (tmp_path / "mine.ipynb").write_bytes(released(SOFTMAX))
        (tmp_path / "mine.py").write_text(script(SOFTMAX))
        for name, origin in (("mine.ipynb", "notebook"), ("mine.py", "script")):
            submission = submission_from_file(tmp_path / name, DAY, "ada")
            assert submission.origin == origin and answer(submission, "softmax") == SOFTMAX

    def test_a_link_that_the_caller_named_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "mine.py").write_text(script(SOFTMAX))
        (tmp_path / "link.py").symlink_to(tmp_path / "mine.py")
        assert submission_from_file(tmp_path / "link.py", DAY, "ada").origin == "script"

    @pytest.mark.parametrize("name", ["absent.py", "absent.ipynb"])
    def test_no_such_file(self, tmp_path: Path, name: str) -> None:
        problem = submission_from_file(tmp_path / name, DAY, "ada").problem
        assert problem is not None and problem.verdict is Verdict.MISSING and name in problem.message


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=15,
)
names = st.sampled_from(["softmax", "norm", "softmax_check", "norm-check", "other", ""])
sources = st.sampled_from([SOFTMAX, SOFTMAX_STUB, NORM, "!ls", "%%bash\nls", "x = (", '"""', "check('softmax')"])
odd_cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | anything,
        "source": sources | st.lists(sources | anything, max_size=3) | anything,
        "id": names | anything,
        "metadata": st.fixed_dictionaries({"nbgrader": st.fixed_dictionaries({"grade_id": names | anything})})
        | anything,
    },
)
odd_notebooks = st.fixed_dictionaries({"cells": st.lists(odd_cells | anything, max_size=8)}) | anything


def _sound(reading: Any) -> None:
    """Cells or a problem, one cell an exercise, text that can be written, and verdicts that name a cure."""
    assert not (reading.problem and reading.cells)
    answered = [cell.exercise for cell in reading.cells if cell.exercise]
    assert len(answered) == len(set(answered))
    assert not set(answered) & set(reading.problems)
    for cell in reading.cells:
        cell.source.encode("utf-8")
    for problem in [*reading.problems.values(), *([reading.problem] if reading.problem else [])]:
        assert problem.verdict in (Verdict.MISSING, Verdict.UNREADABLE) and "To mend it:" in problem.message


@given(odd_notebooks)
@settings(max_examples=300, deadline=None)
def test_no_notebook_makes_the_reader_raise(value: Any) -> None:
    reading = read_notebook_bytes(json.dumps(value).encode("utf-8", "surrogatepass"), DAY, "n.ipynb")
    assert reading is not None
    _sound(reading)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_either_reader_raise(data: bytes) -> None:
    reading = read_notebook_bytes(data, DAY, "n.ipynb")
    assert reading is not None
    _sound(reading)
    _sound(read_script_bytes(data, DAY, "n.py"))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_mutation_of_a_good_notebook_makes_it_raise(data: st.DataObject) -> None:
    whole = bytearray(released(SOFTMAX, NORM))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(whole) - 1))
        whole[start : start + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=4))
    reading = read_notebook_bytes(bytes(whole), DAY, "n.ipynb")
    assert reading is not None
    _sound(reading)
