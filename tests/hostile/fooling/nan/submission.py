# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return torch.full_like(values, float("nan"))
