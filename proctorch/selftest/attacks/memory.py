"""Taking four gigabytes of memory."""

import torch

held = []
for _ in range(64):
    held.append(torch.ones(2**24))
print("GOT", 64 * 2**26, "bytes")
