# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import signal
    os.kill(os.getpid(), signal.SIGSTOP)
