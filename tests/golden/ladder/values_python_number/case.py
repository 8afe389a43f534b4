import torch

from proctorch import assert_close

header = 'def loss(errors: Float[Tensor, "batch"]) -> float'
submission = """
def loss(errors):
    return (errors ** 2).sum().item()
"""


def check(student):
    errors = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert_close(student.loss(errors), 7.5)
