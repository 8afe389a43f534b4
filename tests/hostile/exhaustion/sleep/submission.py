# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import time
    time.sleep(3600)
