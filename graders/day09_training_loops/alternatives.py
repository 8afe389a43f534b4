"""Right answers to day 9 in other styles: every one of them deserves full marks."""

# ruff: noqa: F811  several right answers share the one name that they replace, and call what the solution defines

from __future__ import annotations

import copy
import itertools
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from proctorch.grading.vocabulary import alternative

# 1. One training step


@alternative("training_step", "forgets at the end and at the start, by the model")
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train(True)
    model.zero_grad()
    outputs = model(inputs)
    loss = loss_function(outputs, targets)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


@alternative("training_step", "a closure for the optimizer")
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()

    def closure():
        optimizer.zero_grad()
        loss = loss_function(model(inputs), targets)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


@alternative("training_step", "gradients asked for, and put into place")
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    loss = loss_function(model(inputs), targets)
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.detach().tolist()


# 2. One epoch


@alternative("train_one_epoch", "the whole loop, with a sum of products")
def train_one_epoch(model, loader, loss_function, optimizer):
    model.train()
    losses, sizes = [], []
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_function(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append(inputs.shape[0])
    return sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)


@alternative("train_one_epoch", "divides by the size of the data set")
def train_one_epoch(model, loader, loss_function, optimizer):
    total = torch.zeros((), dtype=torch.float64)
    for batch in loader:
        total += len(batch[0]) * training_step(model, *batch, loss_function, optimizer)
    return (total / len(loader.dataset)).item()


@alternative("train_one_epoch", "a mean that is kept up to date")
def train_one_epoch(model, loader, loss_function, optimizer):
    mean, seen = 0.0, 0
    for inputs, targets in iter(loader):
        loss = training_step(model, inputs, targets, loss_function, optimizer)
        seen += len(targets)
        mean += (loss - mean) * len(targets) / seen
    return mean


# 3. Evaluation


@alternative("evaluate", "inference mode, and every prediction kept")
def evaluate(model, loader, loss_function):
    mode = model.training
    model.train(False)
    with torch.inference_mode():
        pairs = [(model(inputs), labels) for inputs, labels in loader]
        logits = torch.cat([outputs for outputs, _ in pairs])
        labels = torch.cat([truth for _, truth in pairs])
        loss = loss_function(logits, labels).item()
    model.train(mode)
    return loss, (logits.max(dim=1).indices == labels).double().mean().item()


@alternative("evaluate", "a decorator, and a try that always puts the mode back")
@torch.no_grad()
def evaluate(model, loader, loss_function):
    before = model.training
    model.eval()
    try:
        sums = torch.zeros(3, dtype=torch.float64)
        for inputs, labels in loader:
            outputs = model(inputs)
            right = torch.eq(outputs.argmax(-1), labels).sum()
            sums += torch.stack(
                [loss_function(outputs, labels).double() * len(labels), right, torch.tensor(len(labels))]
            )
        return float(sums[0] / sums[2]), float(sums[1] / sums[2])
    finally:
        model.train(before)


@alternative("evaluate", "grad mode switched by hand, accuracy sample by sample")
def evaluate(model, loader, loss_function):
    modes, recording = model.training, torch.is_grad_enabled()
    model.eval()
    torch.set_grad_enabled(False)
    losses, hits = [], []
    for inputs, labels in loader:
        logits = model(inputs)
        losses += [loss_function(logits, labels).item()] * len(labels)
        hits += [int(row.argmax()) == int(label) for row, label in zip(logits, labels, strict=True)]
    torch.set_grad_enabled(recording)
    model.train(modes)
    return math.fsum(losses) / len(losses), sum(hits) / len(hits)


# 4. Fit


@alternative("fit", "clones each tensor, and looks at the smallest loss so far")
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        for name, value in zip(history, (train_loss, val_loss, val_accuracy), strict=True):
            history[name].append(value)
        if val_loss == min(history["val_loss"]):
            best = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(best)
    return history


@alternative("fit", "keeps every epoch, and chooses at the end")
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    rows, states = [], []
    for _ in range(epochs):
        rows.append(
            (
                train_one_epoch(model, train_loader, loss_function, optimizer),
                *evaluate(model, val_loader, loss_function),
            )
        )
        states.append(copy.deepcopy(model.state_dict()))
    train_losses, val_losses, accuracies = map(list, zip(*rows, strict=True))
    model.load_state_dict(states[val_losses.index(min(val_losses))])
    return {"val_loss": val_losses, "train_loss": train_losses, "val_accuracy": accuracies}


@alternative("fit", "loops of its own, a copy of the whole model")
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    champion = None
    for _ in range(epochs):
        model.train()
        total = rows = 0
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = loss_function(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total, rows = total + loss.item() * len(inputs), rows + len(inputs)
        history["train_loss"].append(total / rows)
        model.eval()
        total = rows = right = 0
        with torch.no_grad():
            for inputs, targets in val_loader:
                logits = model(inputs)
                total, rows = total + loss_function(logits, targets).item() * len(inputs), rows + len(inputs)
                right += int((logits.argmax(1) == targets).sum())
        history["val_loss"].append(total / rows)
        history["val_accuracy"].append(right / rows)
        if champion is None or history["val_loss"][-1] < champion[0]:
            champion = history["val_loss"][-1], copy.deepcopy(model)
    model.load_state_dict(champion[1].state_dict())
    return history


@alternative("fit", "keeps every epoch, and chooses with a tensor in float32")
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history, states = {"train_loss": [], "val_loss": [], "val_accuracy": []}, []
    for _ in range(epochs):
        history["train_loss"].append(train_one_epoch(model, train_loader, loss_function, optimizer))
        loss, accuracy = evaluate(model, val_loader, loss_function)
        history["val_loss"].append(loss)
        history["val_accuracy"].append(accuracy)
        states.append(copy.deepcopy(model.state_dict()))
    model.load_state_dict(states[int(torch.tensor(history["val_loss"]).argmin())])
    return history


# 5. Early stopping


@alternative("early_stopping", "remembers when the best epoch was")
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.epoch = self.best_epoch = 0
        self.best = float("inf")

    def step(self, loss):
        self.epoch += 1
        if self.best - loss > self.min_delta:
            self.best = loss
            self.best_epoch = self.epoch
        return self.epoch - self.best_epoch >= self.patience


@alternative("early_stopping", "counts down")
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.full = self.left = patience
        self.margin = min_delta
        self.best = None

    def step(self, loss):
        better = not math.isnan(loss) and (self.best is None or loss < self.best - self.margin)
        if better:
            self.best = loss
        self.left = self.full if better else self.left - 1
        return self.left <= 0


@alternative("early_stopping", "keeps all losses and goes through them each time")
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.losses = patience, min_delta, []

    def step(self, loss):
        self.losses.append(loss)
        best, verdicts = torch.inf, []
        for value in self.losses:
            verdicts.append(value < best - self.min_delta)
            best = value if verdicts[-1] else best
        return len(verdicts) >= self.patience and not any(verdicts[-self.patience :])


# 6. Gradient clipping


@alternative("gradient_clipping", "PyTorch's own")
def clip_gradients(model, max_norm):
    return nn.utils.clip_grad_norm_(model.parameters(), max_norm).item()


@alternative("gradient_clipping", "one long vector, and new gradients")
def clip_gradients(model, max_norm):
    chosen = [parameter for parameter in model.parameters() if parameter.grad is not None]
    norm = torch.cat([parameter.grad.reshape(-1) for parameter in chosen]).norm()
    factor = torch.clamp(max_norm / norm, max=1.0)
    for parameter in chosen:
        parameter.grad = parameter.grad * factor
    return float(norm)


@alternative("gradient_clipping", "the norm of the norms")
def clip_gradients(model, max_norm):
    gradients = [value.grad for value in model.parameters() if value.grad is not None]
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]))
    with torch.no_grad():
        for gradient in gradients:
            gradient /= max(1.0, norm.item() / max_norm)
    return norm.item()


@alternative("gradient_clipping", "the step with PyTorch's own")
def clipped_step(model, inputs, targets, loss_function, optimizer, max_norm):
    model.train()
    loss = loss_function(model(inputs), targets)
    optimizer.zero_grad(set_to_none=False)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()


# 7. Gradient accumulation


@alternative("gradient_accumulation", "sums first, one division of the gradients at the end")
def accumulated_step(model, batches, loss_function, optimizer):
    optimizer.zero_grad()
    model.train()
    total, rows = 0.0, 0
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets) * len(inputs)
        loss.backward()
        total, rows = total + loss.item(), rows + len(inputs)
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter.grad /= rows
    optimizer.step()
    return total / rows


@alternative("gradient_accumulation", "gradients collected by hand")
def accumulated_step(model, batches, loss_function, optimizer):
    model.train()
    parameters = list(model.parameters())
    rows = sum(targets.shape[0] for _, targets in batches)
    sums, mean = [torch.zeros_like(parameter) for parameter in parameters], 0.0
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets)
        share = targets.shape[0] / rows
        for place, gradient in enumerate(torch.autograd.grad(loss, parameters, allow_unused=True)):
            if gradient is not None:
                sums[place] += share * gradient
        mean += share * loss.item()
    for parameter, gradient in zip(parameters, sums, strict=True):
        parameter.grad = gradient
    optimizer.step()
    return mean


@alternative("gradient_accumulation", "weighs the gradient that backward starts with")
def accumulated_step(model, batches, loss_function, optimizer):
    sizes = torch.tensor([len(inputs) for inputs, _ in batches], dtype=torch.float64)
    losses = []
    model.train()
    model.zero_grad()
    for (inputs, targets), share in zip(batches, sizes / sizes.sum(), strict=True):
        loss = loss_function(model(inputs), targets)
        loss.backward(share.to(loss.dtype))
        losses.append(loss.detach())
    optimizer.step()
    return float((torch.stack(losses) * sizes).sum() / sizes.sum())


@alternative("gradient_accumulation", "keeps the losses, whose graphs have been let go")
def accumulated_step(model, batches, loss_function, optimizer):
    rows, losses = sum(len(inputs) for inputs, _ in batches), []
    optimizer.zero_grad()
    for inputs, targets in batches:
        model.train()
        loss = loss_function(model(inputs), targets) * len(inputs) / rows
        loss.backward()
        losses.append(loss)
    optimizer.step()
    return sum(losses).item()


# 8. A schedule


@alternative("learning_rate_schedule", "the cosine as a square, clamped")
def warmup_cosine(step, warmup, total):
    if step + 1 <= warmup:
        return (1 + step) / warmup
    progress = min(1.0, (step - warmup) / (total - warmup))
    return math.cos(progress * math.pi / 2) ** 2


@alternative("learning_rate_schedule", "with tensors")
def warmup_cosine(step, warmup, total):
    ramp = torch.tensor(1.0 if warmup == 0 else min(1.0, (step + 1) / warmup), dtype=torch.float64)
    progress = torch.tensor((step - warmup) / (total - warmup), dtype=torch.float64).clamp(0, 1)
    return (ramp * (1 + torch.cos(torch.pi * progress)) / 2).item()


@alternative("learning_rate_schedule", "asks the scheduler for the rate, loop by hand")
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    rates = []
    for _ in range(epochs):
        model.train()
        for inputs, targets in loader:
            rates += scheduler.get_last_lr()[:1]
            optimizer.zero_grad()
            loss_function(model(inputs), targets).backward()
            optimizer.step()
            scheduler.step()
    return rates


@alternative("learning_rate_schedule", "all batches in one chain")
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    def rate_of(batch):
        rate = float(optimizer.param_groups[0]["lr"])
        training_step(model, *batch, loss_function, optimizer)
        scheduler.step()
        return rate

    return list(map(rate_of, itertools.chain.from_iterable(itertools.repeat(loader, epochs))))


# 9. The real thing


@alternative("train_classifier", "random rows for each step, momentum, a cosine")
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warmup_cosine(step, 0, max(1, steps)))
    for _ in range(steps):
        rows = torch.randint(len(inputs), (128,))
        training_step(model, inputs[rows], labels[rows], nn.functional.cross_entropy, optimizer)
        scheduler.step()


@alternative("train_classifier", "an endless stream of batches, with clipping")
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)

    def stream():
        while True:
            yield from DataLoader(TensorDataset(inputs, labels), batch_size=100, shuffle=True)

    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for batch_inputs, batch_labels in itertools.islice(stream(), steps):
        clipped_step(model, batch_inputs, batch_labels, nn.CrossEntropyLoss(), optimizer, 5.0)


@alternative("train_classifier", "permutations from a generator, dropout from the seed, its own loop")
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    optimizer, order = torch.optim.Adam(model.parameters(), lr=0.01), []
    model.train()
    for _ in range(steps):
        if not order:
            order = list(torch.randperm(len(inputs), generator=generator).split(128))
        rows = order.pop()
        optimizer.zero_grad()
        loss = -torch.log_softmax(model(inputs[rows]), dim=1).gather(1, labels[rows, None]).mean()
        loss.backward()
        optimizer.step()
