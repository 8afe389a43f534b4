"""What instructors take away: data frames, files of marks, and plain text.

`roster` says who has which mark and who has none and why; `frames` makes pandas frames of reports; `export` writes CSV
and JSON; `text` renders for terminals and logs.
"""
