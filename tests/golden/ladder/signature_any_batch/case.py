import torch

header = 'def norm(x: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]'
args = (torch.zeros(2, 3, 5),)
given = torch.zeros(2, 3, 5)
