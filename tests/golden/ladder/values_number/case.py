what = "the loss"
given = 2.0
expected = 2.7
