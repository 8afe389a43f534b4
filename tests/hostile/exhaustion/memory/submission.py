# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    return torch.ones(2**31).sum()
