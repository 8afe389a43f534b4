import torch

from proctorch import assert_close

submission = """
def double(x):
    x *= 2
    return x
"""


def check(student):
    x = torch.arange(3.0)
    assert_close(student.double(x), 2 * x)
