import torch

call = "widen"
given = torch.zeros(2)
expected = torch.zeros(2, dtype=torch.float64)
options = {"dtype": torch.float64}
