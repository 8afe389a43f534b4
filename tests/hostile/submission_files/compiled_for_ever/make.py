import json


def make(folder, course, notebook):
    found = notebook(total="def total(values):\n    return " + "(" * 150_000 + "1" + ")" * 150_000)
    found["cells"].append({"cell_type": "code", "source": "x = " + "-" * 900_000 + "1", "metadata": {}, "outputs": []})
    (folder / "hostile_day.ipynb").write_text(json.dumps(found))
