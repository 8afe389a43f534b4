import torch

from proctorch import assert_close

header = 'def halves(x: Float[Tensor, "n k"]) -> tuple[Float[Tensor, "left k"], Float[Tensor, "right k"]]'
submission = """
def halves(x):
    return x[:2], x[2:]
"""


def check(student):
    x = torch.arange(6.0).reshape(3, 2)
    assert_close(student.halves(x), (x[:2], x[1:]))
