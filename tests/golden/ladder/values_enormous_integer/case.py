given = 7**6000
expected = 7
