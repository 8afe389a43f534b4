from proctorch import assert_equal, exercise


@exercise("double")
class TestDouble:
    def test_three(self, student):
        """double(3) is 6."""
        assert_equal(student.double(3), 6)


@exercise("negate")
class TestNegate:
    def test_three(self, student):
        """negate(3) is -3."""
        assert_equal(student.negate(3), -3)
