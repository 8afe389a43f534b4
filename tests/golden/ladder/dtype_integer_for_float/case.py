import torch

call = "scale"
given = torch.zeros(2, dtype=torch.int64)
expected = torch.zeros(2)
options = {"dtype": torch.float32}
