import torch

given = torch.tensor([2.0])
expected = torch.tensor([3.0])
options = {"grad": True}
