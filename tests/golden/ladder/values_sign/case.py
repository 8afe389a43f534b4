import torch

call = "gradient"
given = torch.tensor([1.0, -2.0])
expected = torch.tensor([-1.0, 2.0])
