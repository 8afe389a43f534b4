import torch

from proctorch import assert_equal

submission = """
def first(x):
    return x[0].item()

def size(x):
    return [1, 2, 3]
"""


def check(student):
    student.first(torch.tensor([3, 4]))
    assert_equal(len(student.size(torch.zeros(2))), 2)
