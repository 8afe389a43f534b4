import torch

given = 2.0
expected = torch.tensor(2.0)
