import torch

from proctorch import assert_close, exercise, limits, weight


@exercise("double")
@limits(seconds=0.5, memory=200)
class TestDoubleHidden:
    @weight(3)
    def test_tensor(self, student):
        """Twice a tensor is its double."""
        assert_close(student.double(torch.tensor([317.25, 2.0])), torch.tensor([634.5, 4.0]))


@exercise("broken")
class TestBrokenHidden:
    def test_wrong(self, student):
        """This check trips over any answer."""
        assert student.broken(1).no_such_attribute == 3
