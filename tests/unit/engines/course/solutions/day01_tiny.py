# %% [markdown]
# # A tiny day

# %%
import torch

# %% [markdown]
# ## Double


# %% exercise="double" points=5
def double(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return x * 2
    ### END SOLUTION


# %% [markdown]
# ## Quadruple
# Builds on double.


# %% exercise="quadruple" points=2
def quadruple(x):
    """Return four times x."""
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION


# %% [markdown]
# ## Broken
# Its hidden check is wrong for every answer.


# %% exercise="broken" points=1
def broken(x):
    """Return x."""
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION


# %% [markdown]
# ## Nested
# What it returns is handed to it again.


# %% exercise="nested" points=1
def nested(x):
    """Return x in a list."""
    ### BEGIN SOLUTION
    return [x]
    ### END SOLUTION
