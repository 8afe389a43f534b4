assertion = "equal"
given = "x" * 1000
expected = "cat"
