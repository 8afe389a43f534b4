# %%
import torch

# %% exercise="total" points=4
def total(values):
    return values.sum()

# %% exercise="naive" points=4
def naive(values):
    return values + values

# %% exercise="hurried" points=2
def hurried(values):
    return values.amax()

# %% exercise="apply" points=2
def apply(function, values):
    return list(map(function, values))

# %% exercise="learn" points=2
def learn(features, labels):
    head = torch.nn.Linear(128, 3)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
    for _ in range(100):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head

# %% exercise="keep" points=2
def keep(values, path):
    with open(path, "wb") as file:
        torch.save(dict(values=values), file)
