def make(folder, course, notebook):
    (folder / "hostile_day.ipynb").write_bytes(b"\xff\xfe\x00{\x80" * 5000)
