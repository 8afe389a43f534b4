import torch

call = "place"
given = torch.zeros(2, device="meta")
expected = torch.zeros(2)
