import torch

given = torch.ones(2, requires_grad=True) * 2
expected = torch.full((2,), 2.0)
options = {"grad": False}
