import torch

from proctorch import assert_gradients

submission = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)
    def forward(self, x):
        return self.second(self.first(x).detach())
"""


def check(student):
    net = student.Net()
    net(torch.ones(4, 2)).sum().backward()
    assert_gradients(net)
