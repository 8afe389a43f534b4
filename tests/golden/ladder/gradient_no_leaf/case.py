from proctorch import assert_gradients

submission = """
import torch

def start(count):
    return torch.zeros(count, requires_grad=True) * 0.1
"""


def check(student):
    w = student.start(3)
    w.sum().backward()
    assert_gradients(w)
