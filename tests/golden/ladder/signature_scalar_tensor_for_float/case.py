import torch

header = 'def accuracy(x: Float[Tensor, "n"]) -> float'
args = (torch.zeros(7),)
given = torch.tensor(0.5)
