from proctorch import assert_equal, exercise


@exercise("double")
class TestDoubleHidden:
    def test_zero(self, student):
        """double works for 0 too."""
        assert_equal(student.double(0), 0)


@exercise("negate")
class TestNegateHidden:
    def test_zero(self, student):
        """negate works for 0 too."""
        assert_equal(student.negate(0), 0)
