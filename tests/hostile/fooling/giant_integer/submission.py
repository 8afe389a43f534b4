# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return 10**5000
