import torch

given = torch.tensor([4, 9, 7])
expected = torch.tensor([1.5, 2.25, 0.75])
