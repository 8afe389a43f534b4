import torch

given = torch.tensor([True, False, False])
expected = torch.tensor([False, True, True])
