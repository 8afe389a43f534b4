import torch

given = torch.tensor([1, 2, 0])
expected = torch.tensor([1.5, 2.25, 0.75])
