import torch

from proctorch import assert_close, depends, exercise


@exercise("centre")
class TestCentre:
    def test_columns(self, student):
        """Every column's mean is zero."""
        assert_close(student.centre(torch.tensor([[1.0, 2.0], [3.0, 6.0]])), torch.tensor([[-1.0, -2.0], [1.0, 2.0]]))


@exercise("slope")
@depends("centre")
class TestSlope:
    def test_line(self, student):
        """The slope of y = 2 x is 2."""
        assert_close(student.slope(torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 2.0, 4.0])), torch.tensor(2.0))
