# %% [markdown]
# # A day under attack
# The exercises that the hostile submissions are aimed at. Words between @ signs are filled in for each run.

# %%
import torch
from jaxtyping import Float
from torch import Tensor

# %% [markdown]
# ## Total
# The sum of the values, by a signature that is checked. Checks have eight seconds.


# %% exercise="total" points=4
def total(values: Float[Tensor, "n"]) -> Float[Tensor, ""]:
    """Return the sum of the values."""
    ### BEGIN SOLUTION
    canary = "@SOLUTION@"
    return values.sum() if canary else values
    ### END SOLUTION


# %% [markdown]
# ## Naive
# The values doubled, behind no signature, and compared as naively as a grader can.


# %% exercise="naive" points=4
def naive(values):
    """Return the values doubled."""
    ### BEGIN SOLUTION
    return values * 2
    ### END SOLUTION


# %% [markdown]
# ## Hurried
# The largest value. Checks have a third of a second and 200 MiB.


# %% exercise="hurried" points=2
def hurried(values):
    """Return the largest value."""
    ### BEGIN SOLUTION
    return values.max()
    ### END SOLUTION


# %% [markdown]
# ## Apply
# A function of the host is handed to the student's code.


# %% exercise="apply" points=2
def apply(function, values):
    """Return the function applied to each of the values."""
    ### BEGIN SOLUTION
    return [function(value) for value in values]
    ### END SOLUTION
