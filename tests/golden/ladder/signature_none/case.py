import torch

header = 'def softmax(logits: Float[Tensor, "batch classes"]) -> Float[Tensor, "batch classes"]'
args = (torch.zeros(32, 10),)
given = None
