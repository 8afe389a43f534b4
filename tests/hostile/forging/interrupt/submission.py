# %%
import os

import torch


# %% exercise="total" points=4
def total(values):
    raise KeyboardInterrupt
