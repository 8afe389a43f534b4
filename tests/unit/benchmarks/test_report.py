from __future__ import annotations

import json

import pytest

from benchmarks.grading.report import publish, results_of, summary

MIB = 2**20


def run(count: int, wall: float) -> dict[str, float]:
    return {"count": count, "wall": wall, "cpu": 1.5 * wall, "guest_cpu": wall, "peak_pss": 500 * MIB}


def command(*counts: int) -> list[dict[str, float]]:
    return [run(count, 4 + 0.02 * count) for count in counts]


RUNS = {
    "light": {
        "known_mistakes_once": [run(1, 20)],
        "floor_beside": [run(100, 1.0)],
        "judging_one_worker": [run(100, 4.0)],
        "proctorch": command(10, 100, 1000),
        "proctorch_one_worker": [run(10, 4.5), run(100, 9.0)],
        "nbgrader": [run(2, 5 + 2 * 2.0), run(10, 5 + 10 * 2.0)],
        "otter": [run(1, 5.0), run(1, 4.0), run(1, 6.0)],
    },
    "training": {
        "known_mistakes_once": [run(1, 20)],
        "floor_beside": [run(20, 20.0), run(20, 20.0)],
        "judging_one_worker": [run(20, 22.0), run(20, 21.0)],
        "proctorch": command(10, 100),
        "proctorch_one_worker": [run(4, 8.0), run(24, 28.0)],
    },
}
ABOUT = {
    "quick": False,
    "machine": {"cores": 2, "processor": "a processor"},
    "code": {"commit": "0123456789abcdef", "changed_since": False, "date": "2026-01-01"},
}


def test_the_five_ratios_are_nested_under_their_days():
    results = results_of(ABOUT, RUNS, {})
    assert results["light"] == {
        "speedup_nbgrader": pytest.approx(100),
        "speedup_otter": pytest.approx(250),
        "overhead_floor": pytest.approx(4),
        "growth_10_1000": pytest.approx(0, abs=1e-9),
    }
    assert results["training"] == {"overhead_floor": pytest.approx(1.075)}
    assert results["runs"] == RUNS


def test_what_else_follows_from_the_runs():
    light = results_of(ABOUT, RUNS, {})["derived"]["light"]
    assert light["ms_a_submission"]["proctorch"] == pytest.approx(20)
    assert light["ms_a_submission"]["nbgrader"] == pytest.approx(2000)
    assert light["start_seconds"] == {"proctorch": pytest.approx(4), "nbgrader": pytest.approx(5)}
    assert light["overhead_floor_with_marks"] == pytest.approx(5)
    assert light["peak_mib"]["proctorch"] == pytest.approx(500)
    assert light["raw_ms_by_class"]["10"] == pytest.approx(420)


def test_publishing_writes_the_plot_beside_and_takes_a_partial_run_away(tmp_path):
    results = results_of(ABOUT, RUNS, {"light": {"disagreements": []}})
    (tmp_path / "results.partial.json").write_text("{}")
    publish(results, tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text()) == results
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "results.partial.json").exists()
    assert "100 times nbgrader's autograde, 250 times otter run" in summary(results)
