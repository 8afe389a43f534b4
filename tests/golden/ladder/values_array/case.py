import numpy as np

given = np.array([1.0, 2.1])
expected = np.array([1.0, 2.5])
