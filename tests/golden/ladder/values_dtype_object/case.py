import torch

assertion = "equal"
what = "the dtype"
given = torch.float64
expected = torch.float32
