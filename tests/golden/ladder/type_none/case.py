import torch

call = "softmax"
given = None
expected = torch.zeros(2)
