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


# %% [markdown]
# ## Learn
# A linear head from features to three piles, by a rule that is drawn for each check.


# %% exercise="learn" points=2
def learn(features, labels):
    """Return a trained linear layer."""
    ### BEGIN SOLUTION
    head = torch.nn.Linear(features.shape[1], 3)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head
    ### END SOLUTION


# %% [markdown]
# ## Keep
# A checkpoint, which a clean guest opens.


# %% exercise="keep" points=2
def keep(values, path):
    """Save {"values": values} at a path."""
    ### BEGIN SOLUTION
    torch.save({"values": values}, path)
    ### END SOLUTION


# %% [markdown]
# ## Together
# The sum, by processes that may talk to each other over 127.0.0.1.


# %% exercise="together" points=2
def together(values):
    """Return the sum of the values."""
    ### BEGIN SOLUTION
    return values.sum()
    ### END SOLUTION


# %% [markdown]
# ## Refuse
# A wrong argument is refused.


# %% exercise="refuse" points=2
def refuse(value):
    """Return the value; raise ValueError where it is negative."""
    ### BEGIN SOLUTION
    if value < 0:
        raise ValueError("negative")
    return value
    ### END SOLUTION
