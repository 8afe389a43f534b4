import os


def make(folder, course, notebook):
    os.mkfifo(folder / "hostile_day.ipynb")
    os.mkfifo(folder / "hostile_day.py")
