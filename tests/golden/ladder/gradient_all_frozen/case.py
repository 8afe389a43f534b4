from proctorch import assert_gradients

submission = """
import torch

def frozen():
    return torch.nn.Linear(2, 1).requires_grad_(False)
"""


def check(student):
    assert_gradients(student.frozen(), what="the model")
