import torch

given = torch.arange(9)
expected = torch.arange(10)
