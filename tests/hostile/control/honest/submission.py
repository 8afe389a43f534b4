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

# %% exercise="together" points=2
def together(values):
    import torch.distributed as dist
    import torch.multiprocessing as mp
    context = mp.get_context("fork")
    answers = context.Queue()

    def add(rank):
        dist.init_process_group("gloo", init_method="tcp://localhost:29500", rank=rank, world_size=3)
        part = values[rank].clone()
        dist.all_reduce(part)
        answers.put(part.item())
        dist.barrier()
        dist.destroy_process_group()

    workers = [context.Process(target=add, args=(rank,)) for rank in range(3)]
    for worker in workers:
        worker.start()
    sums = [answers.get(timeout=20) for _ in workers]
    for worker in workers:
        worker.join()
    return torch.tensor(sums[0])

# %% exercise="refuse" points=2
def refuse(value):
    if value < 0:
        raise ValueError(value)
    return value
