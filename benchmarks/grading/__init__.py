"""What grading a class costs: Proctorch beside nbgrader's own autograde, `otter run`, and plain pytest.

    make bench              everything, about an hour on two cores; writes benchmarks/results.json and results.png
    make bench QUICK=1      the same keys from smaller samples, in under five minutes
    python -m benchmarks.grading floor --count 50                    milliseconds a submission, and nothing written
    python -m benchmarks.grading proctorch-judging --workers 1

All contestants get the same submissions (`classes`) and the same checks, public and hidden, with the same inputs:

proctorch   `proctorch grade DAY` as a user runs it (`command`); and its engine alone, with one worker (`judging`)
nbgrader    `nbgrader autograde DAY` with nbgrader's own Execute: the checks are hidden test cells (`peers_nbgrader`)
otter       `otter run`, one call a submission: the checks are an otter assignment's test files (`peers_otter`)
floor       pytest collects once, and each submission's cells and checks run in that one warm process: no isolation,
            no limits, nothing read and nothing written (`floor`). No grader that uses pytest can be faster.

Only Proctorch's checks go through its proxy. The others call the student's plain functions through the thinnest adapter
that gives `student.NAME` (`direct`).
"""
