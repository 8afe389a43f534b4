from proctorch import assert_gradients

submission = """
import torch

def start(count):
    return torch.zeros(count)
"""


def check(student):
    assert_gradients(student.start(3))
