what = "softmax([3.0])"
given = 2.0
expected = 2.7
