from proctorch import assert_same_twice

submission = """
import torch

def noise(count, seed):
    return torch.randn(count)
"""


def check(student):
    assert_same_twice(lambda: student.noise(4, seed=3))
