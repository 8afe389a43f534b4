# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import time
    block = bytes(2**20)
    files = [os.memfd_create(f"hog{number}") for number in range(8)]
    for descriptor in files:
        for _ in range(50):
            os.write(descriptor, block)
    while True:
        time.sleep(0.1)
