import torch

given = torch.ones(5, 3)
expected = torch.ones(5)
