# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    raise ValueError("x" * 50_000_000)
