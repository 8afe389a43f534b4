import torch

given = {"weights": [torch.ones(2), torch.zeros(2)]}
expected = {"weights": [torch.ones(2), torch.ones(2)]}
