def make(folder, course, notebook):
    cell = '{"cell_type": "code", "source": "", "metadata": {}, "outputs": [], "execution_count": null}'
    many = ",".join([cell] * 200_000)
    (folder / "hostile_day.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + many + "]}")
