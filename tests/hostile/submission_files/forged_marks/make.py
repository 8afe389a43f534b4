import json


def make(folder, course, notebook):
    found = notebook(total="def total(values):\n    return values * 0 - 1e9")
    for cell in found["cells"]:
        cell["metadata"]["nbgrader"] |= {"grade": True, "points": 1000, "locked": False, "solution": False, "schema_version": 3}
        cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"application/vnd.proctorch": {"points": 1000, "verdict": "passed"}}}]
    found["metadata"]["proctorch"] = {"points": 1000, "max_points": 1000}
    (folder / "hostile_day.ipynb").write_text(json.dumps(found))
