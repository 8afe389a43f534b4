def make(folder, course, notebook):
    deep = '{"source": ' * 200_000 + '""' + "}" * 200_000
    (folder / "hostile_day.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + deep + "]}")
