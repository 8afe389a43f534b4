import torch

from proctorch import assert_close

header = 'def average(x: Float[Tensor, "batch time"]) -> Float[Tensor, "batch"]'
submission = """
def average(x):
    return x.sum(dim=1)
"""


def check(student):
    x = torch.arange(6.0).reshape(2, 3)
    assert_close(student.average(x), x.mean(dim=1))
