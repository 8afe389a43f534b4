import torch

given = torch.tensor([1, 2, 5])
expected = torch.tensor([0, 1, 4])
