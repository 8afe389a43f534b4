# %% [markdown]
# # A small day
# For the tests of the seam with nbgrader.

# %%
import torch

# %% [markdown]
# ## Double
# Return twice the number, as $2x$.


# %% exercise="double" points=4
def double(x: float) -> float:
    """Return twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% [markdown]
# ## Negate
# Return the number with the other sign.


# %% exercise="negate" points=3
def negate(x: float) -> float:
    """Return -x."""
    ### BEGIN SOLUTION
    return -x
    ### END SOLUTION
