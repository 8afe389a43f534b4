given = {"loss": 1.0}
expected = {"loss": 1.0, "accuracy": 0.5}
