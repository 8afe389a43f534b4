import torch

given = torch.tensor([2.0, 4.0, -7.0])
expected = torch.tensor([1.0, 2.0, -3.5])
