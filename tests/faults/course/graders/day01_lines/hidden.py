import torch

from proctorch import assert_close, depends, exercise


@exercise("centre")
class TestCentreHidden:
    def test_one_row(self, student):
        """A single point becomes the origin."""
        assert_close(student.centre(torch.tensor([[5.0, -7.0]])), torch.zeros(1, 2))


@exercise("slope")
@depends("centre")
class TestSlopeHidden:
    def test_falling(self, student):
        """A falling line has a negative slope."""
        assert_close(student.slope(torch.tensor([0.0, 1.0, 5.0]), torch.tensor([9.0, 8.0, 4.0])), torch.tensor(-1.0))
