import os


def make(folder, course, notebook):
    os.link(f"{course}/.proctorch/secret", folder / "hostile_day.py")
