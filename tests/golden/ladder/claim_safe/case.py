assertion = "fail"
given = "the loss went from 1.5 to 2.5"
options = {"safe": "the loss went up", "rung": "values"}
