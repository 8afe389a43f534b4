import torch

from proctorch import assert_close, assert_equal, assert_score, exercise, limits, rebuilt
from proctorch.lab import digit_pictures, load_backbone, unknown_piles

CANARY = "@HIDDEN@"


@exercise("total")
@limits(seconds=8)
class TestTotalHidden:
    def test_random(self, student, rng):
        """total is right for other values."""
        expected_canary = CANARY + "-expected"
        values = torch.randn(9, generator=rng)
        assert_close(student.total(values), values.sum(), what=expected_canary[:0] or None)

    def test_gradient(self, student, rng):
        """Gradients flow through total."""
        values = torch.randn(4, dtype=torch.float64, generator=rng, requires_grad=True)
        assert torch.autograd.gradcheck(student.total, (values,))
        assert_close(student.total(values), values.detach().sum())


@exercise("naive")
class TestNaiveHidden:
    def test_equal(self, student, rng):
        """naive is right by torch.equal."""
        values = torch.randint(1, 9, (5,), generator=rng).float()
        assert torch.equal(student.naive(values), values * 2)

    def test_operator(self, student, rng):
        """naive is right by ==."""
        values = torch.randint(1, 9, (5,), generator=rng).float()
        assert (student.naive(values) == values * 2).all()

    def test_testing(self, student, rng):
        """naive is right by torch.testing."""
        values = torch.randn(5, generator=rng)
        torch.testing.assert_close(student.naive(values), values * 2)

    def test_error(self, student, rng):
        """The error of naive is small."""
        values = torch.randn(5, generator=rng)
        assert float((student.naive(values) - values * 2).abs().max()) < 1e-6


@exercise("hurried")
@limits(seconds=0.3, memory=200)
class TestHurriedHidden:
    def test_random(self, student, rng):
        """hurried is right for other values."""
        values = torch.randn(9, generator=rng)
        assert_close(student.hurried(values), values.max())


@exercise("apply")
@limits(seconds=0.5)
class TestApplyHidden:
    def test_closure(self, student):
        """apply calls what it is given."""
        secret = CANARY + "-closure"
        assert_equal(student.apply(lambda value: value + len(secret[:1]), [2, 3]), [3, 4])


@exercise("learn")
@limits(seconds=8)
class TestLearnHidden:
    def test_other_piles(self, student, rng):
        """The head finds the piles of new pictures, sorted by another rule."""
        data = digit_pictures(range(5, 10), per_class=60, seed=1)
        with torch.no_grad():
            features = load_backbone().model.features(torch.cat([data.train_inputs, data.test_inputs]))
        piles = unknown_piles(features, torch.cat([data.train_labels, data.test_labels]), rng)
        head = rebuilt(student.learn(features[:300], piles[:300]), torch.nn.Linear(128, 3), "the head")
        with torch.no_grad():
            assert_score(
                (head(features[300:]).argmax(dim=1) == piles[300:]).double().mean().item(), floor=0.5, target=0.82
            )


@exercise("keep")
class TestKeepHidden:
    def test_other_values(self, student, rng):
        """The file holds other values, too."""
        values = torch.randn(2, 5, generator=rng)
        path = student.lab("scratch_file", "others.pt")
        student.keep(values, path)
        assert_close(student.checkpoint(path), {"values": values})


@exercise("refuse")
class TestRefuseHidden:
    def test_other_negative(self, student):
        """-3 is refused."""
        with student.raises(ValueError):
            student.refuse(-3)
