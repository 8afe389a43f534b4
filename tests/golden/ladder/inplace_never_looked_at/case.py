import torch

submission = """
def double(x):
    x *= 2
    return x
"""


def check(student):
    student.double(torch.arange(3.0))
