import torch

from proctorch import assert_close, assert_equal, exercise, limits


@exercise("total")
@limits(seconds=8)
class TestTotal:
    def test_three(self, student):
        """The sum of 1, 2 and 4 is 7."""
        assert_close(student.total(torch.tensor([1.0, 2.0, 4.0])), torch.tensor(7.0))


@exercise("naive")
class TestNaive:
    def test_three(self, student):
        """1, 2 and 4 doubled are 2, 4 and 8."""
        assert torch.allclose(student.naive(torch.tensor([1.0, 2.0, 4.0])), torch.tensor([2.0, 4.0, 8.0]))


@exercise("hurried")
@limits(seconds=0.3, memory=200)
class TestHurried:
    def test_three(self, student):
        """The largest of 1, 2 and 4 is 4."""
        assert_close(student.hurried(torch.tensor([1.0, 2.0, 4.0])), torch.tensor(4.0))


@exercise("apply")
@limits(seconds=0.5)
class TestApply:
    def test_squares(self, student):
        """The squares of 2 and 3 are 4 and 9."""
        assert_equal(student.apply(lambda value: value * value, [2, 3]), [4, 9])
