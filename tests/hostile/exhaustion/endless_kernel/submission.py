# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    wide = torch.ones(3000, 3000)
    while True:
        wide @ wide
