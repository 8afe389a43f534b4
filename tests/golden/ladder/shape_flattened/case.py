import torch

given = torch.arange(6.0).reshape(2, 3).flatten()
expected = torch.arange(6.0).reshape(2, 3)
