from proctorch import assert_equal

submission = """
def ordered(items):
    items.sort()
    return items
"""


def check(student):
    assert_equal(student.ordered([3, 1, 2]), [1, 2, 3])
