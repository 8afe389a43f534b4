# %%
import os

import torch


# %% exercise="hurried" points=2
def hurried(values):
    import signal
    import time
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(3600)
