# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return torch.empty(2**20, 2**20, 0)
