"""The grader's own exam: are a day's checks right, fair and sharp?

solutions/DAY.py, graders/DAY/*.py ─ subjects ─▶ solution, stub, misconceptions, alternatives, mutants
subjects ─ examine ─▶ engine (in the sandbox) and seeds (in process) ─▶ Exam ─ kept ─▶ .proctorch/validate
"""
