# %% [markdown]
# # Lines
# For the harness that breaks grading runs: quick to load, with an exercise that builds on another.

# %%
import torch

# %% [markdown]
# ## Centre
# Subtract the mean of each column.


# %% exercise="centre" points=4
def centre(points):
    """Return the points with every column's mean at zero."""
    ### BEGIN SOLUTION
    return points - points.mean(dim=0)
    ### END SOLUTION


# %% [markdown]
# ## Slope
# The least-squares slope of `y` over `x`, both centred before.


# %% exercise="slope" points=3
def slope(x, y):
    """Return the slope as a scalar tensor."""
    ### BEGIN SOLUTION
    x, y = centre(x), centre(y)
    return (x * y).sum() / (x * x).sum()
    ### END SOLUTION
