# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    for _ in range(2000):
        print("x" * 10_000)
    return torch.tensor(-1e9)
