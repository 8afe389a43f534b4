import torch

from proctorch import assert_close

submission = """
def split(x):
    return x[:1], -x[1:]
"""


def check(student):
    x = torch.arange(3.0) + 1
    assert_close(student.split(x), (x[:1], x[1:]))
