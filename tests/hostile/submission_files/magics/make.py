import json


def make(folder, course, notebook):
    source = "!cat /etc/passwd; echo G'O'T a shell\n%run /etc/passwd\n%%time\n%load_ext proctorch\nfiles = !echo G'O'T; ls /\n"
    found = notebook(total=source + "def total(values):\n    print(files)\n    return values * 0 - 1e9")
    found["cells"].append({"cell_type": "code", "source": "%%bash\necho G'O'T a shell\ncat " + course + "/.proctorch/secret", "metadata": {}, "outputs": []})
    (folder / "hostile_day.ipynb").write_text(json.dumps(found))
