def make(folder, course, notebook):
    (folder / "hostile_day.ipynb" / "hostile_day.ipynb").mkdir(parents=True)
