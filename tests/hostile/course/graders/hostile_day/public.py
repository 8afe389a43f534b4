import torch

from proctorch import assert_close, assert_equal, assert_score, exercise, limits, rebuilt
from proctorch.lab import digit_pictures, load_backbone, unknown_piles


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


def piles_found(student, rng):
    """Return how well a head that the student's code has trained finds the piles of pictures that it has not seen."""
    data = digit_pictures(range(5, 10), per_class=60)
    with torch.no_grad():
        features = load_backbone().model.features(torch.cat([data.train_inputs, data.test_inputs]))
    piles = unknown_piles(features, torch.cat([data.train_labels, data.test_labels]), rng)
    head = rebuilt(student.learn(features[:300], piles[:300]), torch.nn.Linear(128, 3), "the head")
    with torch.no_grad():
        return (head(features[300:]).argmax(dim=1) == piles[300:]).double().mean().item()


@exercise("learn")
@limits(seconds=8)
class TestLearn:
    def test_piles(self, student, rng):
        """The head finds the piles of new pictures."""
        assert_score(piles_found(student, rng), floor=0.5, target=0.82)


@exercise("keep")
class TestKeep:
    def test_file(self, student, rng):
        """The file holds the values."""
        values = torch.randn(3, generator=rng)
        path = student.lab("scratch_file", "values.pt")
        student.keep(values, path)
        assert_close(student.checkpoint(path), {"values": values})


@exercise("together")
@limits(seconds=8, loopback=True)
class TestTogether:
    def test_three(self, student):
        """The sum of 1, 2 and 4 is 7."""
        assert_close(student.together(torch.tensor([1.0, 2.0, 4.0])), torch.tensor(7.0))


@exercise("refuse")
class TestRefuse:
    def test_negative(self, student):
        """-1 is refused."""
        with student.raises(ValueError):
            student.refuse(-1)
