# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    with open("/tmp/fill", "wb") as stream:
        for _ in range(300):
            stream.write(bytes(2**20))
    print("GOT 300 MiB of disk")
