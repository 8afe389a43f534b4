# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return (value * 2 for value in values)
