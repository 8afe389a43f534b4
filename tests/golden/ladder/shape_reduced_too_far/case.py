import torch

given = torch.tensor(1.0)
expected = torch.ones(5)
