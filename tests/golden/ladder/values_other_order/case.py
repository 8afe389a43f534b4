import torch

given = torch.tensor([2.0, 1.0, 0.5, 3.0])
expected = torch.tensor([1.0, 2.0, 0.5, 3.0])
