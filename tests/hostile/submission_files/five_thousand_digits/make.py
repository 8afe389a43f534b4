import json


def make(folder, course, notebook):
    text = json.dumps(notebook(total="def total(values):\n    return values * 0 - 1e9"))
    (folder / "hostile_day.ipynb").write_text(text.replace('"nbformat": 4', '"nbformat": ' + "9" * 5000))
