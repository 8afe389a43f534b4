"""A round of each kind, run for real; and the harness itself sees what it looks for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.records import Books, different, different_files, doubled, lost

ROOT = Path(__file__).parents[2]
WHOLE = Books(
    results={"ada": ["7", [["centre::a", "passed"]]], "bob": ["4", [["centre::a", "failed"]]]},
    numbers={"ada": [1], "bob": [2]},
    scores={"ada centre": [[4.0, 0]], "bob centre": [[1.0, 0]]},
    files={"autograded/ada": "1", "autograded/bob": "2"},
)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_a_killed_guest_zygote_or_worker_costs_nothing():
    """The other kinds take longer: `make faults`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--count", "3", "--seed", "7"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1].split()
    assert last[:2] == ["faults", "3"]
    assert " ".join(last[2:]) == "lost 0 doubled 0 orphans 0 different 0"


def test_nothing_is_wrong_with_equal_books(tmp_path):
    assert list(lost(WHOLE, Books(), WHOLE)) == list(doubled(WHOLE)) == list(different(WHOLE, WHOLE, "now")) == []
    assert list(different_files(WHOLE, WHOLE, tmp_path, tmp_path)) == []
    WHOLE.save(tmp_path / "books.json")
    assert Books.load(tmp_path / "books.json") == WHOLE


def test_what_is_missing_is_lost():
    mended = replace(WHOLE, results={"ada": WHOLE.results["ada"]}, numbers={"ada": [3]}, scores={}, files={})
    found = list(lost(WHOLE, WHOLE, mended))
    assert "bob has no result" in found and "ada's kept result is gone" in found
    assert "ada centre has no score in the gradebook" in found and "autograded/bob is not there" in found


def test_what_is_there_twice_is_doubled():
    mended = replace(WHOLE, numbers={"ada": [1, 3], "bob": [2]}, scores={"bob centre": [[1.0, 0], [1.0, 0]]})
    assert list(doubled(mended)) == ["ada was judged 2 times", "bob centre stands 2 times in the gradebook"]


def test_another_mark_verdict_score_or_file_is_different(tmp_path):
    for folder, text in (("whole", "right"), ("mended", "wrong")):
        (tmp_path / folder / "autograded").mkdir(parents=True)
        (tmp_path / folder / "autograded" / "ada").write_text(text)
    mended = replace(
        WHOLE, results={"ada": ["7", [["centre::a", "crashed"]]]}, scores={"bob centre": [[0.0, 0]]},
        files={"autograded/ada": "0", "autograded/eve": "3"},
    )  # fmt: skip
    assert len(list(different(WHOLE, mended, "now"))) == 2
    changed, left = different_files(WHOLE, mended, tmp_path / "whole", tmp_path / "mended")
    assert "-right" in changed and "+wrong" in changed and left == "autograded/eve was left behind"
