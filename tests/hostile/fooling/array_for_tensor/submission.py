# %%
import os

import torch


# %% exercise="total" points=4
def total(values):
    return values.detach().sum().numpy()
