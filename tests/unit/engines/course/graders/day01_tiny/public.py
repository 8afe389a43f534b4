import pytest

from proctorch import assert_equal, depends, exercise, limits, weight


@exercise("double")
@limits(seconds=0.5, memory=200)
class TestDouble:
    def test_two(self, student):
        """Twice 2 is 4."""
        assert_equal(student.double(2), 4)

    @weight(3)
    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    def test_many(self, student, number):
        """Twice a number is the number twice."""
        assert_equal(student.double(number), number + number)


@exercise("quadruple")
@depends("double")
class TestQuadruple:
    def test_two(self, student):
        """Four times 2 is 8."""
        assert_equal(student.quadruple(2), 8)


@exercise("broken")
class TestBroken:
    def test_one(self, student):
        """broken(1) is 1."""
        assert_equal(student.broken(1), 1)


@exercise("nested")
class TestNested:
    def test_twice(self, student):
        """What nested returns can be nested again."""
        assert_equal(student.nested(student.nested(1)), [[1]])
