import json


def make(folder, course, notebook):
    found = notebook(total="def total(values):\n    return values * 0 - 1e9")
    found["cells"].append(
        {"cell_type": "code", "source": "total = lambda values: values.sum(); print('passed')", "outputs": [],
         "metadata": {"nbgrader": {"grade": True, "grade_id": "total_check", "locked": True, "points": 4}}}
    )
    (folder / "hostile_day.ipynb").write_text(json.dumps(found))
