# %%
import os

import torch


# %% exercise="naive" points=4
def naive(values):
    nest = []
    for _ in range(500):
        nest = [nest]
    return nest
