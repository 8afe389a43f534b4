import json


def make(folder, course, notebook):
    found = notebook(total="def total(values):\n    return values * 0 - 1e9")
    found["cells"] *= 500
    (folder / "hostile_day.ipynb").write_text(json.dumps(found))
