import pandas as pd

given = pd.DataFrame({"legs": [4, 3], "name": ["cat", "dog"]})
expected = pd.DataFrame({"legs": [4, 4], "name": ["cat", "dog"]})
