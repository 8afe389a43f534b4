import json


def make(folder, course, notebook):
    text = json.dumps(notebook(total="def total(values):\n    return values * 0 - 1e9"))
    twice = text.replace('"cells":', '"cells": [{"cell_type": "code", "source": 7}], "cells":', 1)
    (folder / "hostile_day.ipynb").write_text(twice.replace('"source":', '"source": ["print(1)"], "source":'))
