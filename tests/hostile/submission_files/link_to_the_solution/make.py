import os


def make(folder, course, notebook):
    os.symlink(f"{course}/solutions/hostile_day.py", folder / "hostile_day.py")
    os.symlink(f"{course}/source/hostile_day/hostile_day.ipynb", folder / "hostile_day.ipynb")
