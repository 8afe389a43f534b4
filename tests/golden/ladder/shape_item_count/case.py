given = [1.0, 2.0, 3.0]
expected = (1.0, 2.0)
