import torch

given = torch.empty(0)
expected = torch.zeros(4)
