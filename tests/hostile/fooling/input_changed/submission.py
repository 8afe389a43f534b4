# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return values.mul_(2)
