# %%
import builtins
import torch


class Command:
    def __reduce__(self):
        return builtins.eval, ("print('GOT run') or {'values': None}",)


# %% exercise="keep" points=2
def keep(values, path):
    torch.save({"values": values, "more": Command()}, path)
