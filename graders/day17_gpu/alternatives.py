"""Right answers to day 17 in other styles: every one of them deserves full marks."""

# ruff: noqa: F811  several right answers share the one name that they replace

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, DistributedSampler, TensorDataset

from proctorch.grading.vocabulary import alternative

# 1. Which device?


@alternative("pick_device", "the list of what is there")
def pick_device(gpus, wanted=None):
    there = ["cpu", *(["cuda"] if gpus else []), *(f"cuda:{place}" for place in range(gpus))]
    if wanted is None:
        wanted = there[min(1, len(there) - 1)]
    if wanted not in there:
        raise ValueError(f"{wanted} is not one of {there}")
    return torch.device(wanted)


@alternative("pick_device", "the number cut out of the name")
def pick_device(gpus, wanted=None):
    if wanted is None:
        wanted = "cuda" if gpus else "cpu"
    kind, _, index = wanted.partition(":")
    if kind == "cuda" and int(index or 0) > gpus - 1:
        raise ValueError(wanted)
    return torch.device(kind, int(index)) if index else torch.device(kind)


@alternative("pick_device", "next with a default")
def device_of(module):
    found = next(module.parameters(), None)
    if found is None:
        found = next(module.buffers(), None)
    return torch.device("cpu") if found is None else found.device


@alternative("pick_device", "one chain of both")
def device_of(module):
    places = (tensor.device for tensor in itertools.chain(module.parameters(), module.buffers()))
    return next(places, torch.device("cpu"))


# 2. New tensors


@alternative("new_tensors", "made on the CPU and moved")
def positions(tokens):
    return torch.arange(tokens.size(1)).to(tokens.device)


@alternative("new_tensors", "counted up")
def positions(tokens):
    return tokens.new_ones(tokens.shape[1]).cumsum(dim=0) - 1


@alternative("new_tensors", "the first row counted up")
def positions(tokens):
    return torch.ones_like(tokens[0]).cumsum(0) - 1


@alternative("new_tensors", "a block that sets the default device")
def positions(tokens):
    with torch.device(tokens.device):
        return torch.arange(tokens.shape[1])


@alternative("new_tensors", "infinities added")
def hide_future(scores):
    return scores + torch.full_like(scores[0], -math.inf).triu(diagonal=1)


@alternative("new_tensors", "where, by comparing places")
def hide_future(scores):
    place = torch.arange(scores.shape[-1], device=scores.device)
    return torch.where(place <= place.unsqueeze(1), scores, -math.inf)


@alternative("new_tensors", "row by row")
def hide_future(scores):
    result = scores.clone()
    for place in range(scores.shape[-1]):
        result[..., place, place + 1 :] = float("-inf")
    return result


# 3. Move a batch


@alternative("move_batch", "match")
def move_batch(batch, device):
    match batch:
        case torch.Tensor():
            return batch.to(device=device, non_blocking=True)
        case dict():
            return dict(zip(batch, move_batch(list(batch.values()), device), strict=True))
        case list():
            return [move_batch(item, device) for item in batch]
        case tuple():
            return tuple(move_batch(item, device) for item in batch)
        case _:
            return batch


@alternative("move_batch", "ask for the method")
def move_batch(batch, device):
    if hasattr(batch, "to"):
        return batch.to(device)
    if isinstance(batch, dict):
        moved = {}
        for key in batch:
            moved[key] = move_batch(batch[key], device)
        return moved
    if type(batch) in (list, tuple):
        moved = []
        for item in batch:
            moved.append(move_batch(item, device))
        return moved if type(batch) is list else tuple(moved)
    return batch


@alternative("move_batch", "torch's own trees")
def move_batch(batch, device):
    from torch.utils._pytree import tree_map

    return tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, torch.Tensor) else leaf, batch)


# 4. Find and mend: the model


@alternative("mend_the_model", "a table that is not saved, and a state like the input")
class Reader(nn.Module):
    def __init__(self, tokens, width, classes, longest):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.layers = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width)])
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)
        table = torch.linspace(-1, 1, longest)[:, None].expand(longest, width).clone()
        self.register_buffer("table", table, persistent=False)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.table[: tokens.size(1)]
        for layer in self.layers:
            x = layer(x).tanh()
        seen = torch.ones_like(x).cumsum(dim=1)
        x = x.cumsum(dim=1) / seen
        outputs, _ = self.recurrent(x, torch.ones_like(x[:, 0]).unsqueeze(0))
        return self.head(outputs)


@alternative("mend_the_model", "a frozen parameter for a table, a Sequential of the layers")
class Reader(nn.Module):
    def __init__(self, tokens, width, classes, longest):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        table = torch.linspace(-1, 1, longest).unsqueeze(1).repeat(1, width)
        self.table = nn.Parameter(table, requires_grad=False)
        self.layers = nn.Sequential(nn.Linear(width, width), nn.Linear(width, width))
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        device = tokens.device
        rows, places = tokens.shape
        x = self.embedding(tokens) + self.table[:places]
        for layer in self.layers:
            x = torch.tanh(layer(x))
        x = x.cumsum(1) / torch.arange(1, places + 1).to(device)[None, :, None]
        start = torch.ones(1, rows, x.shape[-1], device=device, dtype=x.dtype)
        return self.head(self.recurrent(x, start)[0])


@alternative("mend_the_model", "the layers once more in a Sequential, the places counted in a buffer")
class Reader(nn.Module):
    def __init__(self, tokens, width, classes, longest):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.register_buffer("table", torch.linspace(-1, 1, longest).unsqueeze(1).repeat(1, width))
        self.register_buffer("counts", torch.arange(1, longest + 1).unsqueeze(1))
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.both = nn.Sequential(self.layers[0], nn.Tanh(), self.layers[1], nn.Tanh())
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        rows, places = tokens.shape
        x = self.both(self.embedding(tokens) + self.table[:places])
        x = x.cumsum(dim=1) / self.counts[:places]
        x, _ = self.recurrent(x, x.new_ones(1, rows, x.shape[-1]))
        return self.head(x)


@alternative("mend_the_model", "the GRU place by place, the mean kept along the way")
class Reader(nn.Module):
    def __init__(self, tokens, width, classes, longest):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.register_buffer("table", torch.stack([torch.linspace(-1, 1, longest)] * width, dim=1))
        self.layers = nn.ModuleList()
        for _ in range(2):
            self.layers.append(nn.Linear(width, width))
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.table[: tokens.shape[1]]
        x = torch.tanh(self.layers[1](torch.tanh(self.layers[0](x))))
        state = x.new_full((1, x.shape[0], x.shape[2]), 1.0)
        total, logits = 0.0, []
        for place in range(x.shape[1]):
            total = total + x[:, place]
            output, state = self.recurrent((total / (place + 1)).unsqueeze(1), state)
            logits.append(self.head(output.squeeze(1)))
        return torch.stack(logits, dim=1)


# 5. Find and mend: the loop


@alternative("mend_the_loop", "everything at home but the logits")
@torch.no_grad()
def evaluate(model, batches, class_weights):
    device = next(model.parameters()).device
    loss, right, predictions = 0.0, [0] * len(class_weights), []
    for inputs, labels in batches:
        logits = model(inputs.to(device)).cpu()
        loss += functional.cross_entropy(logits, labels, class_weights, reduction="sum").item()
        for found, label in zip(logits.argmax(dim=1).tolist(), labels.tolist(), strict=True):
            right[label] += int(found == label)
            predictions.append(found)
    return loss, right, np.array(predictions, dtype=np.int64)


@alternative("mend_the_loop", "a loss module that is moved, and counts by bincount")
def evaluate(model, batches, class_weights):
    device = next(iter(model.parameters())).device
    criterion = nn.CrossEntropyLoss(class_weights, reduction="sum").to(device)
    classes = len(class_weights)
    total = torch.zeros((), dtype=torch.float64, device=device)
    right = torch.zeros(classes, dtype=torch.int64, device=device)
    predictions = []
    with torch.inference_mode():
        for inputs, labels in batches:
            labels = labels.to(device, non_blocking=True)
            logits = model(inputs.to(device, non_blocking=True))
            total += criterion(logits, labels)
            found = logits.argmax(dim=1)
            right += torch.bincount(labels[found == labels], minlength=classes)
            predictions.append(found.cpu().numpy())
    return total.item(), [int(count) for count in right], np.concatenate(predictions)


@alternative("mend_the_loop", "all batches first, by hand")
def evaluate(model, batches, class_weights):
    pairs = list(batches)
    inputs = torch.cat([pair[0] for pair in pairs])
    labels = torch.cat([pair[1] for pair in pairs])
    with torch.no_grad():
        logits = model(inputs.to(next(model.parameters()).device)).cpu()
    picked = logits.log_softmax(dim=1).gather(1, labels.unsqueeze(1)).squeeze(1)
    found = logits.argmax(dim=1)
    right = [int(((found == label) & (labels == label)).sum()) for label in range(len(class_weights))]
    return float(-(class_weights[labels] * picked).sum()), right, found.numpy()


@alternative("mend_the_loop", "in evaluation mode, which is put back")
def evaluate(model, batches, class_weights):
    device, mode = next(model.parameters()).device, model.training
    criterion = nn.CrossEntropyLoss(class_weights.to(device), reduction="sum")
    losses, found, truth = [], [], []
    model.eval()
    with torch.no_grad():
        for inputs, labels in batches:
            logits = model(inputs.to(device))
            truth.append(labels.to(device))
            losses.append(criterion(logits, truth[-1]))
            found.append(logits.argmax(dim=1))
    model.train(mode)
    found, truth = torch.cat(found), torch.cat(truth)
    right = truth[found == truth].bincount(minlength=len(class_weights))
    return torch.stack(losses).sum().item(), right.tolist(), found.cpu().numpy()


# 6. Move a training


@alternative("move_training", "the optimizer's own loading")
def move_training(model, optimizer, device):
    model.to(device)
    optimizer.load_state_dict(optimizer.state_dict())


@alternative("move_training", "the counter stays at home")
def move_training(model, optimizer, device):
    model.to(device)
    for parameter in model.parameters():
        state = optimizer.state.get(parameter, {})
        for name in [name for name in state if name != "step"]:
            if torch.is_tensor(state[name]):
                state[name] = state[name].to(parameter.device)


@alternative("move_training", "the data of each tensor")
def move_training(model, optimizer, device):
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data = tensor.data.to(device)
        if tensor.grad is not None:
            tensor.grad = tensor.grad.to(device)
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            values = dict(optimizer.state[parameter])
            moved = {key: value.to(device) if torch.is_tensor(value) else value for key, value in values.items()}
            optimizer.state[parameter].update(moved)


# 7. Autocast


@alternative("autocast", "a decorated function")
def five_results(x, dtype):
    @torch.autocast("cuda", dtype=dtype)
    def compute():
        p = torch.mm(x, x)
        return {"product": p, "softmax": torch.softmax(p, 1), "relu": torch.relu(p), "square": p.pow(2), "sum": x + p}

    return compute()


@alternative("autocast", "every conversion by hand")
def five_results(x, dtype):
    product = x.to(dtype) @ x.to(dtype)
    wide = product.float()
    results = {"product": product, "softmax": functional.softmax(wide, dim=1), "relu": functional.relu(product)}
    return results | {"square": wide.square(), "sum": wide + x}


@alternative("autocast", "torch.amp, with a part inside that is switched off")
def features_and_gram(model, x, dtype):
    with torch.amp.autocast("cuda", dtype=dtype):
        features = model(x)
        with torch.amp.autocast("cuda", enabled=False):
            wide = features.to(torch.float32)
            gram = torch.einsum("iw,jw->ij", wide, wide)
    return features, gram


@alternative("autocast", "products and sums, which stay wide")
def features_and_gram(model, x, dtype):
    with torch.autocast(device_type="cuda", dtype=dtype):
        features = model(x)
    with torch.autocast("cuda", enabled=False):
        wide = features.float()
        return features, (wide.unsqueeze(1) * wide.unsqueeze(0)).sum(dim=2)


# 8. A step in mixed precision


@alternative("amp_step", "old names, gradients forgotten last")
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    model.zero_grad(set_to_none=True)
    with torch.cuda.amp.autocast():
        loss = nn.MSELoss()(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=max_norm)
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad()
    return float(loss.detach())


@alternative("amp_step", "clipped by hand")
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad(set_to_none=False)
    with torch.autocast(inputs.device.type, torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    gradients = [value.grad for value in model.parameters() if value.grad is not None]
    norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


@alternative("amp_step", "the loss in float32, outside of the block")
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        outputs = model(inputs)
        difference = (outputs - targets) if outputs.dtype == torch.float64 else outputs.float() - targets.float()
        loss = (difference**2).mean()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_([value for group in optimizer.param_groups for value in group["params"]], max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


# 9. Data parallel


@alternative("data_parallel", "gradients averaged by hand")
def replica(rank, processes, model, inputs, labels, lr, steps):
    share = len(inputs) // processes
    mine = slice(rank * share, (rank + 1) * share)
    parameters = list(model.parameters())
    for _ in range(steps):
        loss = functional.cross_entropy(model(inputs[mine]), labels[mine])
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                dist.all_reduce(gradient, op=dist.ReduceOp.SUM)
                parameter -= lr * gradient / processes
    return {name: value.clone() for name, value in model.state_dict().items()}


@alternative("data_parallel", "a sampler and a loader")
def replica(rank, processes, model, inputs, labels, lr, steps):
    data = TensorDataset(inputs, labels)
    sampler = DistributedSampler(data, num_replicas=processes, rank=rank, shuffle=False)
    loader = DataLoader(data, batch_size=len(data) // processes, sampler=sampler)
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    for _ in range(steps):
        for rows, truth in loader:
            optimizer.zero_grad(set_to_none=True)
            criterion(parallel(rows), truth).backward()
            optimizer.step()
    return parallel.module.state_dict()


@alternative("data_parallel", "weights averaged after every step")
def replica(rank, processes, model, inputs, labels, lr, steps):
    rows, truth = inputs.chunk(processes)[rank], labels.chunk(processes)[rank]
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(model(rows), truth).backward()
        optimizer.step()
        with torch.no_grad():
            for parameter in model.parameters():
                dist.all_reduce(parameter)
                parameter.div_(processes)
    return model.state_dict()


# 10. Timing


@alternative("timing", "one loop, the clock read on the way")
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    start = 0.0
    for call in range(warmup + repeats):
        if call == warmup:
            synchronize()
            start = clock()
        work()
    synchronize()
    return (clock() - start) / repeats


@alternative("timing", "each call by itself, then the mean")
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    for _ in range(warmup):
        work()
        synchronize()
    synchronize()
    seconds = []
    for _ in range(repeats):
        start = clock()
        work()
        synchronize()
        seconds.append(clock() - start)
    return sum(seconds) / len(seconds)


@alternative("timing", "a function that measures many calls")
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    def run(count):
        synchronize()
        start = clock()
        while count:
            work()
            count -= 1
        synchronize()
        return clock() - start

    run(warmup)
    return run(repeats) / repeats


# 11. Feed the GPU


class Pairs(Dataset):
    """A data set of pairs, written by hand."""

    def __init__(self, inputs, labels):
        self.inputs, self.labels = inputs, labels

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], self.labels[index]


@alternative("feed_the_gpu", "a data set of its own")
def make_loader(inputs, labels, batch_size, device):
    return DataLoader(Pairs(inputs, labels), batch_size, shuffle=False, pin_memory=device != torch.device("cpu"))


@alternative("feed_the_gpu", "a list of pairs")
def make_loader(inputs, labels, batch_size, device):
    options = {"pin_memory": True} if device.type == "cuda" else {}
    return DataLoader(list(zip(inputs, labels, strict=True)), batch_size=batch_size, **options)


@alternative("feed_the_gpu", "a generator expression")
def on_device(batches, device):
    return (tuple(part.to(device, non_blocking=True) for part in batch) for batch in batches)


@alternative("feed_the_gpu", "copied into new tensors")
def on_device(batches, device):
    for inputs, labels in batches:
        there = torch.empty_like(inputs, device=device).copy_(inputs, non_blocking=True)
        yield there, labels.to(device, labels.dtype, True)


@alternative("feed_the_gpu", "step by step")
def on_device(batches, device):
    source = iter(batches)
    while True:
        try:
            inputs, labels = next(source)
        except StopIteration:
            return
        yield inputs.to(device=device, non_blocking=True), labels.to(device=device, non_blocking=True)
