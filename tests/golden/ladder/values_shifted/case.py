import torch

given = torch.tensor([0.0, 1.0, 4.0, 9.0])
expected = torch.tensor([1.0, 4.0, 9.0, 16.0])
