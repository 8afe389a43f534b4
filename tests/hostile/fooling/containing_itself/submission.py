# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    nest = []
    nest.append(nest)
    return nest
