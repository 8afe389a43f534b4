# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return {key * (2**61 - 1): None for key in range(100_000)}
