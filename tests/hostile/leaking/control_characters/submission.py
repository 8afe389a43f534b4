# %%
import os

import torch


# %% exercise="total" points=4
def total(values):
    raise ValueError("\0\x1b[2J\r\x9b31m")
