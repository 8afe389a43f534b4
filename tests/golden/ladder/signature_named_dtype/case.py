import torch

header = 'def widen(x: Float[Tensor, "n"]) -> Float64[Tensor, "n"]'
args = (torch.zeros(7),)
given = torch.zeros(7)
