assertion = "equal"
given = 3.0
expected = 3
