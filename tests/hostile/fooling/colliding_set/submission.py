# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    return {(0, key * (2**61 - 1)) for key in range(5000)}
