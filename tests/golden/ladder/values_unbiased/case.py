import torch

call = "variance"
arguments = (torch.zeros(5, 3),)
given = torch.tensor([5.0, 10.0, 2.5])
expected = torch.tensor([4.0, 8.0, 2.0])
