import torch

given = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).T
expected = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
