# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    for number in range(100_000):
        open(f"/tmp/work/{number}", "w").close()
    print("GOT 100,000 files")
