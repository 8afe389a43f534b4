from proctorch import assert_same_twice

submission = """
import torch

def throw():
    generator = torch.Generator()
    generator.seed()
    return torch.rand(3, generator=generator)
"""


def check(student):
    def thrown():
        student.reseed(3)
        return student.throw()

    assert_same_twice(thrown, what="the throw")
