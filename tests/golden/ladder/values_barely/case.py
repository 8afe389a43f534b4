given = 1.0
expected = 1.0001
