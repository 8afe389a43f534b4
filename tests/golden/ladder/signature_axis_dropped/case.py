import torch

header = 'def column(x: Float[Tensor, "n"]) -> Float[Tensor, "n 1"]'
args = (torch.zeros(7),)
given = torch.zeros(7)
