# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    for _ in range(100_000):
        os.dup(0)
    print("GOT 100,000 descriptors")
