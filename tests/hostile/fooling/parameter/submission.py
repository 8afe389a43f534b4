# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return torch.nn.Parameter(torch.zeros(values.shape))
