import torch

given = torch.zeros(3, 4, 2)
expected = torch.ones(2, 3, 4)
