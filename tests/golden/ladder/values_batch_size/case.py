import torch

from proctorch import assert_close

header = (
    'def mse(predicted: Float[Tensor, "batch outputs"], wanted: Float[Tensor, "batch outputs"]) -> Float[Tensor, ""]'
)
submission = """
def mse(predicted, wanted):
    return ((predicted - wanted) ** 2).mean(dim=1).sum()
"""


def check(student):
    predicted, wanted = torch.ones(8, 3), torch.zeros(8, 3)
    assert_close(student.mse(predicted, wanted), torch.tensor(1.0))
