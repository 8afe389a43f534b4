import torch

assertion = "equal"
given = torch.tensor([3, 1, 2])
expected = torch.tensor([3, 1, 4])
