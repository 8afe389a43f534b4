import torch

given = torch.tensor([1.0, 5.0, 9.0])
expected = torch.tensor([9.0, 5.0, 1.0])
