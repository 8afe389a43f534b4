# %%
import os

import torch


# %% exercise="apply" points=2
def apply(function, values):
    return apply([function], function)
