import torch

header = 'def differences(x: Float[Tensor, "n"]) -> Float[Tensor, "n-1"]'
args = (torch.zeros(8),)
given = torch.zeros(8)
