# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    return bytes(300 * 2**20)
