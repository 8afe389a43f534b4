# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    print("x" * 100_000_000)
    return torch.tensor(-1e9)
