import numpy as np
import torch

given = torch.zeros(2)
expected = np.zeros(2)
