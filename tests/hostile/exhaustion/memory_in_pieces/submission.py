# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import time
    hog = []
    for _ in range(120):
        hog.append(bytearray(4 * 2**20))
        hog[-1][::4096] = b"x" * 1024
    while True:
        time.sleep(0.1)
