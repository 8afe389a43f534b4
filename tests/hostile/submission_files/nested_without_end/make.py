def make(folder, course, notebook):
    (folder / "hostile_day.ipynb").write_text("[" * 3_000_000)
