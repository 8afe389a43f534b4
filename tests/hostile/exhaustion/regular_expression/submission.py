# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import re
    re.match(r"(a+)+$", "a" * 64 + "b")
