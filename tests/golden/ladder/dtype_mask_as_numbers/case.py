import torch

given = torch.tensor([1.0, 0.0])
expected = torch.tensor([True, False])
