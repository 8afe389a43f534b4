# The coarser the dtype, the more is a rounding: so the tolerance must not be the student's to choose.
# %%
import torch


# %% exercise="total" points=4
def total(values):
    return torch.zeros((), dtype=torch.float8_e5m2)
