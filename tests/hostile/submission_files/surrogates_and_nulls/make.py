import json


def make(folder, course, notebook):
    found = notebook(total="def total(values):\n    '''\ud800\x00\x1b]0;GO\x07\u202e'''\n    return values * 0 - 1e9")
    (folder / "hostile_day.ipynb").write_text(json.dumps(found))
