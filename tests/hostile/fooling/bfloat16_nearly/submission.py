# The coarser the dtype, the more is a rounding: so the tolerance must not be the student's to choose.
# %%
import torch


# %% exercise="total" points=4
def total(values):
    return (values.sum() * 1.02).to(torch.bfloat16)
