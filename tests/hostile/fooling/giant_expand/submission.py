# %%
import os

import torch


# %% exercise="total" points=4
def total(values):
    return torch.zeros(1).expand(10**6, 10**6)
