# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import sys
    sys.setrecursionlimit(10**9)
    return hurried(values)
