import os


def make(folder, course, notebook):
    path = folder / "hostile_day.ipynb"
    path.write_text('{"cells": [')
    os.truncate(path, 2**29)
