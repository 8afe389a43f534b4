# %%
import torch

# %% exercise="total" points=4
def total(values):
    return values.sum()

# %% exercise="naive" points=4
def naive(values):
    return values + values

# %% exercise="hurried" points=2
def hurried(values):
    return values.amax()

# %% exercise="apply" points=2
def apply(function, values):
    return list(map(function, values))
