import torch

given = None
expected = torch.zeros(3)
what = "the gradient of w"
