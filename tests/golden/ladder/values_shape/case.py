import torch

assertion = "equal"
given = torch.Size([3, 4])
expected = (4, 3)
