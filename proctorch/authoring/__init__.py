"""From an authored day to everything that is generated from it.

    solutions/DAY.py ── document, regions ──▶ stub, notebook ┐
    graders/DAY/*.py ── checks ──▶ day ──▶ released checks   ┴─ build ──▶ source/DAY ── release ──▶ release/DAY

`lint` refuses what is wrong before a file is written. Nothing here runs an author's or a student's code: solutions and
graders are read as text and as syntax trees.
"""
