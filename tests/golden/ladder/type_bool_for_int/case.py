assertion = "equal"
given = True
expected = 1
