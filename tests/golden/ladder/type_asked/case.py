import torch

assertion = "type"
given = torch.zeros(2)
expected = float
what = "the accuracy"
