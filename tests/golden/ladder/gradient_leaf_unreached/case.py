import torch

from proctorch import assert_gradients

submission = """
def loss(w, b):
    return (2 * w.detach() + b).sum()
"""


def check(student):
    w, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    student.loss(w, b).backward()
    assert_gradients({"w": w, "b": b})
