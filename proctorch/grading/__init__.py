"""Checks and what they decide.

    submission ─▶ cells ─▶ bench (practice: this process; sandbox: a guest)
    graders/DAY/*.py ─▶ session ─▶ checks ─▶ runner ──asks──▶ student (client, mirror, differentiate)
                                              │ ◀──values── signature, ladder (assertions, tolerance, diagnosis)
                                              └─▶ outcome ─▶ CheckResult ─▶ ExerciseResult ─▶ Report

`vocabulary`, `assertions`, `gradients`, `repeatable` and `curve` are what a grader file imports; `picture` and
`drawing` show a failed comparison. `plugin` gives a grader file its fixtures; `practice` is `check(...)` on a student's
own machine.
"""
