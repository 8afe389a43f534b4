import torch

from proctorch import assert_close

header = 'def scores(x: Float[Tensor, "batch features"]) -> Float[Tensor, "batch classes"]'
submission = """
import torch

def scores(x):
    return torch.zeros(x.shape[0], 4)
"""


def check(student):
    assert_close(student.scores(torch.zeros(2, 7)), torch.zeros(2, 5))
