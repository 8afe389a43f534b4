assertion = "equal"
given = {1, 2}
expected = {1, 3, 4}
