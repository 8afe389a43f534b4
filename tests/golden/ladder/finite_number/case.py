what = "the loss"
given = float("nan")
expected = 1.0
