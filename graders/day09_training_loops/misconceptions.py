"""What students get wrong on day 9, each mistake with the hint that its author deserves."""

# ruff: noqa: F811  several wrong answers share the one name that they replace, and call what the solution defines

from __future__ import annotations

import copy
import math
from typing import ClassVar

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from proctorch.grading.vocabulary import misconception

# 1. One training step


@misconception(
    "training_step",
    "never forgets the gradients",
    hint="backward() adds to .grad. After three steps, whose gradients does the third one walk along?",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception(
    "training_step",
    "forgets between backward and step",
    hint="Print a gradient right before optimizer.step(). What is left for it to use?",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@misconception(
    "training_step",
    "steps before it goes backward",
    hint="Which gradients does your optimizer see in its step: those of this batch or those of the one before?",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    loss = loss_function(model(inputs), targets)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


@misconception(
    "training_step",
    "leaves the mode to the caller",
    hint="Who says that the model comes in training mode? One call of yours can make sure of it.",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception(
    "training_step",
    "trains in evaluation mode",
    hint="eval() is the other switch. What do dropout and batch norm do while you train?",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.eval()
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception(
    "training_step",
    "measures the loss after the step",
    hint="You call the model twice. Which of the two losses does the text ask for? And batch norm counts calls.",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    optimizer.zero_grad()
    loss_function(model(inputs), targets).backward()
    optimizer.step()
    return loss_function(model(inputs), targets).item()


@misconception(
    "training_step",
    "returns the loss with its graph",
    hint="A tensor holds on to the whole graph behind it. How do you get the bare number out? (House rule 4.)",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss


@misconception(
    "training_step",
    "moves the weights itself",
    hint="The formula is right for plain gradient descent only. Whose business are momentum and Adam's memory?",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter -= optimizer.param_groups[0]["lr"] * parameter.grad
    return loss.item()


@misconception(
    "training_step",
    "hands the loss its arguments the other way round",
    hint="Cross-entropy knows which of its arguments are logits and which labels. Which one does it want first?",
)
def training_step(model, inputs, targets, loss_function, optimizer):
    model.train()
    optimizer.zero_grad()
    loss = loss_function(targets, model(inputs))
    loss.backward()
    optimizer.step()
    return loss.item()


# 2. One epoch


@misconception(
    "train_one_epoch",
    "averages the batches and not the samples",
    hint="Ten rows in batches of 4, 4 and 2: how much does a row of the last batch count in your mean?",
)
def train_one_epoch(model, loader, loss_function, optimizer):
    losses = [training_step(model, *batch, loss_function, optimizer) for batch in loader]
    return sum(losses) / len(losses)


@misconception(
    "train_one_epoch",
    "divides the sum of batch means by the samples",
    hint="Each loss is a mean over a batch already. What must it be multiplied by before you divide by all rows?",
)
def train_one_epoch(model, loader, loss_function, optimizer):
    losses = [training_step(model, *batch, loss_function, optimizer) for batch in loader]
    return sum(losses) / len(loader.dataset)


@misconception(
    "train_one_epoch",
    "takes every batch for a full one",
    hint="loader.batch_size is what was asked for. How many rows does the last batch really have?",
)
def train_one_epoch(model, loader, loss_function, optimizer):
    total = 0.0
    for inputs, targets in loader:
        total += training_step(model, inputs, targets, loss_function, optimizer) * loader.batch_size
    return total / len(loader.dataset)


@misconception(
    "train_one_epoch",
    "returns the loss of the last batch",
    hint="Which batches have a part in your number? A single one can be anything.",
)
def train_one_epoch(model, loader, loss_function, optimizer):
    for inputs, targets in loader:
        loss = training_step(model, inputs, targets, loss_function, optimizer)
    return loss


@misconception(
    "train_one_epoch",
    "returns after the first batch",
    hint="Look at the indentation of your return. How many batches does the epoch have?",
)
def train_one_epoch(model, loader, loss_function, optimizer):
    total, rows = 0.0, 0
    for inputs, targets in loader:
        total += training_step(model, inputs, targets, loss_function, optimizer) * len(inputs)
        rows += len(inputs)
        return total / rows
    return 0.0


@misconception(
    "train_one_epoch",
    "forgets the gradients once an epoch",
    hint="zero_grad stands before your loop. How often has it to happen?",
)
def train_one_epoch(model, loader, loss_function, optimizer):
    model.train()
    optimizer.zero_grad()
    total, rows = 0.0, 0
    for inputs, targets in loader:
        loss = loss_function(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
        rows += len(inputs)
    return total / rows


@misconception(
    "train_one_epoch",
    "steps once an epoch",
    hint="Your step stands behind the loop. How many updates does an epoch of three batches have?",
)
def train_one_epoch(model, loader, loss_function, optimizer):
    model.train()
    optimizer.zero_grad()
    total, rows = 0.0, 0
    for inputs, targets in loader:
        loss = loss_function(model(inputs), targets)
        loss.backward()
        total += loss.item() * len(inputs)
        rows += len(inputs)
    optimizer.step()
    return total / rows


# 3. Evaluation


@misconception(
    "evaluate",
    "stays in training mode",
    hint="no_grad stops autograd. Does it stop dropout? Which switch does?",
)
def evaluate(model, loader, loss_function):
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    return total / rows, right / rows


@misconception(
    "evaluate",
    "leaves the model in evaluation mode",
    hint="Somebody was in the middle of training. In which mode do they get their model back?",
)
def evaluate(model, loader, loss_function):
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    return total / rows, right / rows


@misconception(
    "evaluate",
    "always goes back to training mode",
    hint="What if the model came in evaluation mode? You have to remember how it was.",
)
def evaluate(model, loader, loss_function):
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    model.train()
    return total / rows, right / rows


@misconception(
    "evaluate",
    "records a graph that nobody needs",
    hint="eval() does not stop autograd. Print logits.requires_grad inside your loop.",
)
def evaluate(model, loader, loss_function):
    was_training = model.training
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.enable_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    model.train(was_training)
    return total / rows, right / rows


@misconception(
    "evaluate",
    "averages the loss over batches",
    hint="The last batch is smaller. Does each of its rows count as much as the others?",
)
def evaluate(model, loader, loss_function):
    was_training = model.training
    model.eval()
    losses, right, rows = [], 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            losses.append(loss_function(logits, labels).item())
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    model.train(was_training)
    return sum(losses) / len(losses), right / rows


@misconception(
    "evaluate",
    "averages the accuracy over batches",
    hint="Your loss counts samples. What does your accuracy count?",
)
def evaluate(model, loader, loss_function):
    was_training = model.training
    model.eval()
    total, shares, rows = 0.0, [], 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            shares.append((logits.argmax(dim=1) == labels).double().mean().item())
            rows += len(inputs)
    model.train(was_training)
    return total / rows, sum(shares) / len(shares)


@misconception(
    "evaluate",
    "looks for the largest logit in the batch",
    hint="argmax(dim=0) walks down the batch. Which axis holds the classes?",
)
def evaluate(model, loader, loss_function):
    was_training = model.training
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=0)[: len(labels)] == labels[: logits.shape[1]]).sum().item()
            rows += len(inputs)
    model.train(was_training)
    return total / rows, right / rows


@misconception(
    "evaluate",
    "returns percent",
    hint="A share lies between 0 and 1. What does the text call the accuracy?",
)
def evaluate(model, loader, loss_function):
    was_training = model.training
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    model.train(was_training)
    return total / rows, 100 * right / rows


@misconception(
    "evaluate",
    "swaps loss and accuracy",
    hint="Which of the two comes first in the text?",
)
def evaluate(model, loader, loss_function):
    was_training = model.training
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            logits = model(inputs)
            total += loss_function(logits, labels).item() * len(inputs)
            right += (logits.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    model.train(was_training)
    return right / rows, total / rows


@misconception(
    "evaluate",
    "puts a softmax before the loss",
    hint="The accuracy is right, the loss is not. Does the loss function want logits or probabilities? (Day 7.)",
)
def evaluate(model, loader, loss_function):
    was_training = model.training
    model.eval()
    total, right, rows = 0.0, 0, 0
    with torch.no_grad():
        for inputs, labels in loader:
            shares = model(inputs).softmax(dim=1)
            total += loss_function(shares, labels).item() * len(inputs)
            right += (shares.argmax(dim=1) == labels).sum().item()
            rows += len(inputs)
    model.train(was_training)
    return total / rows, right / rows


# 4. Fit


@misconception(
    "fit",
    "ends with the last epoch",
    hint="Print what you saved, one epoch later: did it stay? Is state_dict() a copy? And who puts it back?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, model.state_dict()
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "keeps the epoch with the largest loss",
    hint="Is a large validation loss good or bad? Look at your comparison.",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = -math.inf, None
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss > best:
            best, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "keeps the epoch with the largest accuracy",
    hint="Two epochs may have the same accuracy and different losses. Which number decides here?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = -math.inf, None
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_accuracy > best:
            best, best_state = val_accuracy, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "restores parameters without buffers",
    hint="Batch norm remembers more than parameters. Compare named_parameters() with the keys of state_dict().",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, {name: value.detach().clone() for name, value in model.named_parameters()}
    model.load_state_dict(best_state, strict=False)
    return history


@misconception(
    "fit",
    "validates before it trains",
    hint="Which weights belong to the first entry of val_loss: those before the first epoch or those after it?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    for _ in range(epochs):
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "validates on the training data",
    hint="Which loader did you hand to the evaluation?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, train_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "measures the training loss once more",
    hint="The running loss comes with the steps. Yours is measured afterwards, with other weights in another mode.",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    for _ in range(epochs):
        train_one_epoch(model, train_loader, loss_function, optimizer)
        train_loss, _ = evaluate(model, train_loader, loss_function)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "stays in evaluation mode after the first epoch",
    hint="Print model.training at the start of every epoch. Who switches it back after the evaluation?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    model.train()
    for _ in range(epochs):
        total = rows = 0
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = loss_function(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            rows += len(inputs)
        model.eval()
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(total / rows)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "never forgets the gradients",
    hint="backward() adds to .grad. After a few batches, whose gradients does your step walk along?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    for _ in range(epochs):
        total = rows = 0
        model.train()
        for inputs, targets in train_loader:
            loss = loss_function(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
            rows += len(inputs)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(total / rows)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "keeps the epoch with the smallest training loss",
    hint="A network that learns its training data by heart has a small loss there. Which loss decides here?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = math.inf, None
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if train_loss < best:
            best, best_state = train_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


@misconception(
    "fit",
    "starts the best loss at a number that is only large",
    hint="What if every validation loss is larger than your first number? Which number is never too small?",
)
def fit(model, train_loader, val_loader, loss_function, optimizer, epochs):
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    best, best_state = 100.0, copy.deepcopy(model.state_dict())
    for _ in range(epochs):
        train_loss = train_one_epoch(model, train_loader, loss_function, optimizer)
        val_loss, val_accuracy = evaluate(model, val_loader, loss_function)
        history["train_loss"].append(train_loss)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        if val_loss < best:
            best, best_state = val_loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    return history


# 5. Early stopping


@misconception(
    "early_stopping",
    "compares with the previous loss",
    hint="Try 1.0, 1.3, 1.2, 1.4, 1.3: nothing here is better than 1.0. With which loss do you compare?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        self.bad = 0 if loss < self.best - self.min_delta else self.bad + 1
        self.best = loss
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "never starts the count again",
    hint="After a better epoch, how many bad ones in a row are there?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best = loss
        else:
            self.bad += 1
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "is one epoch too patient",
    hint="With a patience of 2, at which bad epoch in a row does the table stop? Look at your comparison.",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad > self.patience


@misconception(
    "early_stopping",
    "takes a tie for an improvement",
    hint="Is a loss that equals the best one better than it?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        if loss <= self.best - self.min_delta:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "adds min_delta where it should subtract it",
    hint="With min_delta = 0.5 and a best loss of 8.0, which losses are better? Where does your margin go?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        if loss < self.best + self.min_delta:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "ignores min_delta",
    hint="Is 7.75 after 8.0 enough when min_delta is 0.5?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        if loss < self.best:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "lets tiny improvements move the mark",
    hint="Many small improvements add up to a real one, if the best loss stays where it was. Does yours?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        self.bad = 0 if loss < self.best - self.min_delta else self.bad + 1
        self.best = min(self.best, loss)
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "takes nan for an improvement",
    hint="Every comparison with nan is False. Which of your two branches does a nan fall into?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        if loss >= self.best - self.min_delta:
            self.bad += 1
        else:
            self.best, self.bad = loss, 0
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "takes whatever comes first for the best",
    hint="What if the first loss is nan? Is anything ever smaller than that?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = None, 0

    def step(self, loss):
        if self.best is None or loss < self.best - self.min_delta:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "shares its memory among all stoppers",
    hint="A list in the class belongs to all objects of the class. Where do values of one object live?",
)
class EarlyStopping:
    losses: ClassVar[list[float]] = []

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta

    def step(self, loss):
        self.losses.append(loss)
        best, bad = math.inf, 0
        for value in self.losses:
            if value < best - self.min_delta:
                best, bad = value, 0
            else:
                bad += 1
        return bad >= self.patience


@misconception(
    "early_stopping",
    "takes min_delta for a share of the best loss",
    hint="Is 6.0 after 7.25 better by more than 0.5? Do you subtract min_delta, or multiply by it?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = math.inf, 0

    def step(self, loss):
        if loss < self.best * (1 - self.min_delta):
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


@misconception(
    "early_stopping",
    "starts the best loss at a number that is only large",
    hint="What if the first loss is larger than the number that you begin with? Which number is never too small?",
)
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.bad = 100.0, 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


# 6. Gradient clipping


@misconception(
    "gradient_clipping",
    "clips every parameter for itself",
    hint="[3, 0] and [4] became [1, 0] and [1]. Is that the same direction? The norm is that of all of them together.",
)
def clip_gradients(model, max_norm):
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = math.sqrt(sum(gradient.pow(2).sum().item() for gradient in gradients))
    for gradient in gradients:
        own = gradient.norm().item()
        if own > max_norm:
            gradient.mul_(max_norm / own)
    return norm


@misconception(
    "gradient_clipping",
    "clamps every entry",
    hint="Clamping cuts off the large entries and leaves the small ones. Does the direction stay?",
)
def clip_gradients(model, max_norm):
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = math.sqrt(sum(gradient.pow(2).sum().item() for gradient in gradients))
    for gradient in gradients:
        gradient.clamp_(-max_norm, max_norm)
    return norm


@misconception(
    "gradient_clipping",
    "stretches short gradients, too",
    hint="What does your factor do with a gradient that is shorter than max_norm?",
)
def clip_gradients(model, max_norm):
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = math.sqrt(sum(gradient.pow(2).sum().item() for gradient in gradients))
    for gradient in gradients:
        gradient.mul_(max_norm / norm)
    return norm


@misconception(
    "gradient_clipping",
    "adds up the norms",
    hint="The norms of 3 and 4 give 5 together, not 7. What is added, and when is the root taken?",
)
def clip_gradients(model, max_norm):
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = sum(gradient.norm().item() for gradient in gradients)
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm


@misconception(
    "gradient_clipping",
    "forgets the root",
    hint="The sum of the squares of 3 and 4 is 25. Is that a length?",
)
def clip_gradients(model, max_norm):
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = sum(gradient.pow(2).sum().item() for gradient in gradients)
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm


@misconception(
    "gradient_clipping",
    "returns the norm after clipping",
    hint="Whoever watches the norms wants to see the cliffs. Which norm does the text ask for?",
)
def clip_gradients(model, max_norm):
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = math.sqrt(sum(gradient.pow(2).sum().item() for gradient in gradients))
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return min(norm, max_norm)


@misconception(
    "gradient_clipping",
    "scales copies",
    hint="gradient = gradient * factor makes a new tensor. Does the parameter know of it?",
)
def clip_gradients(model, max_norm):
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = math.sqrt(sum(gradient.pow(2).sum().item() for gradient in gradients))
    if norm > max_norm:
        for gradient in gradients:
            gradient = gradient * max_norm / norm
    return norm


@misconception(
    "gradient_clipping",
    "trips over parameters without a gradient",
    hint="A parameter that the loss did not use has None for its gradient. What does your loop do with it?",
)
def clip_gradients(model, max_norm):
    norm = math.sqrt(sum(parameter.grad.pow(2).sum().item() for parameter in model.parameters()))
    if norm > max_norm:
        for parameter in model.parameters():
            parameter.grad.mul_(max_norm / norm)
    return norm


@misconception(
    "gradient_clipping",
    "clips at the wrong moment",
    hint="At which line are the gradients complete, and not used yet? You clip before it or after it.",
)
def clipped_step(model, inputs, targets, loss_function, optimizer, max_norm):
    model.train()
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    clip_gradients(model, max_norm)
    return loss.item()


@misconception(
    "gradient_clipping",
    "clips the weights",
    hint="The length of the step should be limited. What do you limit?",
)
def clipped_step(model, inputs, targets, loss_function, optimizer, max_norm):
    model.train()
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        norm = math.sqrt(sum(parameter.pow(2).sum().item() for parameter in model.parameters()))
        for parameter in model.parameters():
            parameter.mul_(min(1.0, max_norm / norm))
    return loss.item()


# 7. Gradient accumulation


@misconception(
    "gradient_accumulation",
    "adds up the means of the bites",
    hint="Your step is longer than that of the large batch. By what must the loss of each bite be multiplied?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows, total = sum(len(inputs) for inputs, _ in batches), 0.0
    model.train()
    optimizer.zero_grad()
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets)
        loss.backward()
        total += loss.item() * len(inputs)
    optimizer.step()
    return total / rows


@misconception(
    "gradient_accumulation",
    "divides by the number of bites",
    hint="Bites of 4, 4 and 2 rows: how much does a row of the last bite count in your step?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    total = 0.0
    model.train()
    optimizer.zero_grad()
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets) / len(batches)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@misconception(
    "gradient_accumulation",
    "forgets after every bite",
    hint="zero_grad stands inside your loop. Which bites have a part in the step?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows, total = sum(len(inputs) for inputs, _ in batches), 0.0
    model.train()
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = loss_function(model(inputs), targets) * (len(inputs) / rows)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@misconception(
    "gradient_accumulation",
    "steps for every bite",
    hint="How many steps does one large batch give? And yours?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows, total = sum(len(inputs) for inputs, _ in batches), 0.0
    model.train()
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = loss_function(model(inputs), targets) * (len(inputs) / rows)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


@misconception(
    "gradient_accumulation",
    "never forgets the gradients from before",
    hint="Accumulating is for the bites of one step. Whose gradients are there before the first of them?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows, total = sum(len(inputs) for inputs, _ in batches), 0.0
    model.train()
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets) * (len(inputs) / rows)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@misconception(
    "gradient_accumulation",
    "keeps all graphs until the end",
    hint="Every bite's graph waits for your one backward(). When could each of them be let go?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows = sum(len(inputs) for inputs, _ in batches)
    model.train()
    optimizer.zero_grad()
    loss = sum(loss_function(model(inputs), targets) * (len(inputs) / rows) for inputs, targets in batches)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception(
    "gradient_accumulation",
    "retains each graph after its backward pass",
    hint="backward() lets the graph go, unless retain_graph=True forbids it. What do you still need a graph for?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows, losses = sum(len(inputs) for inputs, _ in batches), []
    model.train()
    optimizer.zero_grad()
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets) * (len(inputs) / rows)
        loss.backward(retain_graph=True)
        losses.append(loss)
    optimizer.step()
    return sum(losses).item()


@misconception(
    "gradient_accumulation",
    "joins the bites to one large batch again",
    hint="The step would be right, but the GPU has no room for all rows at once. How many does one forward pass get?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    inputs = torch.cat([inputs for inputs, _ in batches])
    targets = torch.cat([targets for _, targets in batches])
    return training_step(model, inputs, targets, loss_function, optimizer)


@misconception(
    "gradient_accumulation",
    "leaves the mode to the caller",
    hint="In which mode does the model come? House rule 1.",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows, total = sum(len(inputs) for inputs, _ in batches), 0.0
    optimizer.zero_grad()
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets) * (len(inputs) / rows)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@misconception(
    "gradient_accumulation",
    "returns the loss of the last bite",
    hint="Your weights are right. Which rows does the loss that you return speak of?",
)
def accumulated_step(model, batches, loss_function, optimizer):
    rows = sum(len(inputs) for inputs, _ in batches)
    model.train()
    optimizer.zero_grad()
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets)
        (loss * (len(inputs) / rows)).backward()
    optimizer.step()
    return loss.item()


# 8. A schedule


@misconception(
    "learning_rate_schedule",
    "starts the ramp at zero",
    hint="What is the factor of step 0 in the table? A step with a rate of 0 goes nowhere.",
)
def warmup_cosine(step, warmup, total):
    if step < warmup:
        return step / warmup
    return 0.0 if step >= total else (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2


@misconception(
    "learning_rate_schedule",
    "counts the ramp as progress",
    hint="At the end of the ramp the cosine begins. What is your progress at step = warmup?",
)
def warmup_cosine(step, warmup, total):
    if step < warmup:
        return (step + 1) / warmup
    return 0.0 if step >= total else (1 + math.cos(math.pi * step / total)) / 2


@misconception(
    "learning_rate_schedule",
    "swings up again after the end",
    hint="A cosine goes on for ever. What is your factor at step = total + 1?",
)
def warmup_cosine(step, warmup, total):
    if step < warmup:
        return (step + 1) / warmup
    return (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2


@misconception(
    "learning_rate_schedule",
    "goes down in a straight line",
    hint="Half a cosine is flat at both ends. Compare the factor of step 3 with the table.",
)
def warmup_cosine(step, warmup, total):
    if step < warmup:
        return (step + 1) / warmup
    return max(0.0, 1 - (step - warmup) / (total - warmup))


@misconception(
    "learning_rate_schedule",
    "steps the scheduler first",
    hint="PyTorch has printed a warning about an order. With which rate is your very first step taken?",
)
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    rates = []
    for _ in range(epochs):
        for inputs, targets in loader:
            scheduler.step()
            rates.append(optimizer.param_groups[0]["lr"])
            training_step(model, inputs, targets, loss_function, optimizer)
    return rates


@misconception(
    "learning_rate_schedule",
    "steps the scheduler once an epoch",
    hint="How often does the text want the scheduler to step? Look at the indentation.",
)
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    rates = []
    for _ in range(epochs):
        for inputs, targets in loader:
            rates.append(optimizer.param_groups[0]["lr"])
            training_step(model, inputs, targets, loss_function, optimizer)
        scheduler.step()
    return rates


@misconception(
    "learning_rate_schedule",
    "never steps the scheduler",
    hint="Print the rates: they are all the same. Who changes them?",
)
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    rates = []
    for _ in range(epochs):
        for inputs, targets in loader:
            rates.append(optimizer.param_groups[0]["lr"])
            training_step(model, inputs, targets, loss_function, optimizer)
    return rates


@misconception(
    "learning_rate_schedule",
    "writes the rate down too late",
    hint="The weights are right. Was the rate that you wrote down the one with which the step was taken?",
)
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    rates = []
    for _ in range(epochs):
        for inputs, targets in loader:
            training_step(model, inputs, targets, loss_function, optimizer)
            scheduler.step()
            rates.append(optimizer.param_groups[0]["lr"])
    return rates


@misconception(
    "learning_rate_schedule",
    "writes one rate an epoch down",
    hint="One float a step, says the text. How many steps were there?",
)
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    rates = []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        for inputs, targets in loader:
            training_step(model, inputs, targets, loss_function, optimizer)
            scheduler.step()
    return rates


@misconception(
    "learning_rate_schedule",
    "never forgets the gradients",
    hint="Your rates are right, your weights are not. What does backward() do with the gradients that are there?",
)
def train_with_schedule(model, loader, loss_function, optimizer, scheduler, epochs):
    rates = []
    model.train()
    for _ in range(epochs):
        for inputs, targets in loader:
            rates.append(optimizer.param_groups[0]["lr"])
            loss_function(model(inputs), targets).backward()
            optimizer.step()
            scheduler.step()
    return rates


# 9. The real thing


@misconception(
    "train_classifier",
    "takes epochs for steps",
    hint="Call it with steps=5 and count the updates. Is a step a batch or an epoch?",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    for _ in range(steps // 20):
        train_one_epoch(model, loader, nn.CrossEntropyLoss(), optimizer)


@misconception(
    "train_classifier",
    "is too timid",
    hint="Print the loss every 50 steps: it hardly moves. How far does each of your few steps go?",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
    loss_function = nn.CrossEntropyLoss()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            training_step(model, batch_inputs, batch_labels, loss_function, optimizer)
            taken += 1


@misconception(
    "train_classifier",
    "is too bold",
    hint="Print the loss every 50 steps: it jumps about. How far does each of your steps go?",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=10.0)
    loss_function = nn.CrossEntropyLoss()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            training_step(model, batch_inputs, batch_labels, loss_function, optimizer)
            taken += 1


@misconception(
    "train_classifier",
    "ignores the seed",
    hint="Train twice with the same seed and compare the weights. Where do you use the seed?",
)
def train_classifier(model, inputs, labels, steps, seed):
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_function = nn.CrossEntropyLoss()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            training_step(model, batch_inputs, batch_labels, loss_function, optimizer)
            taken += 1


@misconception(
    "train_classifier",
    "always takes the same seed",
    hint="Train with two different seeds and compare the weights. Which number do you give to manual_seed?",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_function = nn.CrossEntropyLoss()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            training_step(model, batch_inputs, batch_labels, loss_function, optimizer)
            taken += 1


@misconception(
    "train_classifier",
    "leaves the model as it was",
    hint="The weights did not move. Does anybody step, and did the optimizer get the parameters of this very model?",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    model = copy.deepcopy(model)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_function = nn.CrossEntropyLoss()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            training_step(model, batch_inputs, batch_labels, loss_function, optimizer)
            taken += 1


@misconception(
    "train_classifier",
    "takes a step for nothing",
    hint="Call it with steps=0: has the model changed? Ask for the budget before you step.",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    taken = 0
    while True:
        for batch_inputs, batch_labels in loader:
            training_step(model, batch_inputs, batch_labels, nn.CrossEntropyLoss(), optimizer)
            taken += 1
            if taken >= steps:
                return


@misconception(
    "train_classifier",
    "learns the first batch only",
    hint="break leaves the inner loop, and next() of a new iterator begins again. Which rows does your model ever see?",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=16)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch_inputs, batch_labels = next(iter(loader))
        training_step(model, batch_inputs, batch_labels, nn.CrossEntropyLoss(), optimizer)


@misconception(
    "train_classifier",
    "trains the last layer only",
    hint="Which parameters did your optimizer get? The network has two layers.",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(list(model.parameters())[2:], lr=0.003)
    loss_function = nn.CrossEntropyLoss()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            training_step(model, batch_inputs, batch_labels, loss_function, optimizer)
            taken += 1


@misconception(
    "train_classifier",
    "trains in evaluation mode",
    hint="Is dropout on while your steps are taken? The caller may hand you a model in either mode. (House rule 1.)",
)
def train_classifier(model, inputs, labels, steps, seed):
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(inputs, labels), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.eval()
    taken = 0
    while taken < steps:
        for batch_inputs, batch_labels in loader:
            if taken == steps:
                break
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(batch_inputs), batch_labels).backward()
            optimizer.step()
            taken += 1
