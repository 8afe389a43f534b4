# %%
import os

import torch


# %% exercise="total" points=4
def total(values):
    total_now = values.detach().sum()
    values.detach().zero_()
    return total_now
