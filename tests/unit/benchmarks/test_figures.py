from __future__ import annotations

import pytest

from benchmarks.grading.figures import disagreements, growth, overhead, slope, start_up, typical


def run(count: int, wall: float) -> dict[str, float]:
    return {"count": count, "wall": wall, "cpu": 2 * wall}


def test_slope_and_start_up_come_apart():
    small, large = run(10, 5 + 10 * 0.2), run(100, 5 + 100 * 0.2)
    assert slope(small, large) == pytest.approx(0.2)
    assert slope(small, large, "cpu") == pytest.approx(0.4)
    assert start_up(small, large) == pytest.approx(5)


def test_a_size_that_was_run_several_times_counts_once_as_its_median():
    runs = [run(100, 9.0), run(10, 5.0), run(10, 9.0), run(10, 6.0)]
    assert typical(runs) == [run(10, 6.0), run(100, 9.0)]


def test_a_constant_cost_does_not_grow():
    runs = [run(count, 5 + 0.2 * count) for count in (10, 100, 1000)]
    assert growth(runs) == pytest.approx(0)


def test_growth_is_the_share_by_which_the_largest_class_costs_more():
    runs = [run(10, 5 + 10 * 0.2), run(100, 5 + 100 * 0.2), run(1000, 5 + 1000 * 0.25)]
    assert growth(runs) == pytest.approx(0.25)


def test_growth_is_the_median_of_rounds_of_which_one_fell_into_a_slow_time():
    start = {"fair": 5, "slow": 9}
    runs = [run(count, start[when] + 0.2 * count) for when in ("fair", "slow", "fair") for count in (10, 100)]
    runs[3] = run(100, 5 + 100 * 0.2)
    assert growth([*runs, run(1000, 5 + 1000 * 0.2)]) == pytest.approx(0)


def test_overhead_is_the_median_of_the_rounds():
    rounds = [(run(10, 2.0), run(10, 1.0)), (run(10, 3.0), run(10, 1.0)), (run(10, 9.0), run(10, 1.0))]
    assert overhead(rounds) == pytest.approx(3)


def test_a_right_submission_must_pass_everything_with_every_grader():
    passed = {"floor": {"ada": ["a", "b"]}, "otter": {"ada": ["a"]}}
    assert disagreements(["ada"], ["a", "b"], passed) == [
        {"contestant": "otter", "student": "ada", "missing": ["b"], "extra": []}
    ]


def test_a_wrong_submission_must_be_judged_as_the_first_grader_does():
    passed = {"floor": {"bo": ["a"], "cy": ["a"]}, "proctorch": {"bo": ["a"], "cy": ["b"], "not on the floor": []}}
    assert disagreements([], ["a", "b"], passed) == [
        {"contestant": "proctorch", "student": "cy", "missing": ["a"], "extra": ["b"]}
    ]
