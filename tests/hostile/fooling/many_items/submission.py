# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    return [0] * 2_000_000
