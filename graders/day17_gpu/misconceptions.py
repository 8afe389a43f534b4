"""What students get wrong on day 17, each mistake with the hint that its author deserves.

The ten most common mistakes with devices are all here, under the names by which the day's last table calls them.
"""

# ruff: noqa: F811  several wrong answers share the one name that they replace

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from proctorch.grading.vocabulary import misconception

# 1. Which device?


@misconception(
    "pick_device",
    "asks this machine instead of the number of GPUs",
    hint="The check plays a machine without a GPU: gpus is 0. Who else did your function ask?",
)
def pick_device(gpus, wanted=None):
    if wanted is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= gpus:
        raise ValueError(wanted)
    return device


@misconception(
    "pick_device",
    "returns the name of the device",
    hint="Print type(pick_device(1)). What makes a torch.device of a string?",
)
def pick_device(gpus, wanted=None):
    if wanted is None:
        return "cuda" if gpus > 0 else "cpu"
    if wanted.startswith("cuda") and int(wanted.partition(":")[2] or 0) >= gpus:
        raise ValueError(wanted)
    return wanted


@misconception(
    "pick_device",
    "takes the CPU where the GPU is missing",
    hint="Somebody asked for a GPU and gets the CPU without a word. What does the text say about that?",
)
def pick_device(gpus, wanted=None):
    if wanted is None:
        return torch.device("cuda" if gpus > 0 else "cpu")
    device = torch.device(wanted)
    return device if device.type == "cpu" or (device.index or 0) < gpus else torch.device("cpu")


@misconception(
    "pick_device",
    "counts GPUs from one",
    hint="A machine with two GPUs has cuda:0 and cuda:1. Is cuda:2 one of them?",
)
def pick_device(gpus, wanted=None):
    if wanted is None:
        return torch.device("cuda" if gpus > 0 else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (gpus == 0 or (device.index or 0) > gpus):
        raise ValueError(wanted)
    return device


@misconception(
    "pick_device",
    "does not listen to what is wanted",
    hint="Call it with 4 GPUs and wanted='cpu'. Where does your function read wanted?",
)
def pick_device(gpus, wanted=None):
    return torch.device("cuda" if gpus > 0 else "cpu")


@misconception(
    "pick_device",
    "asks the module for its device",
    hint="A module has no device of its own. Which of the things in it have one?",
)
def device_of(module):
    return module.device


@misconception(
    "pick_device",
    "knows modules with parameters only",
    hint="Try it on nn.CrossEntropyLoss(torch.ones(3)), and on nn.ReLU(). What does next say to an empty iterator?",
)
def device_of(module):
    return next(module.parameters()).device


# 2. New tensors


@misconception(
    "new_tensors",
    "makes a new tensor on the CPU (the positions)",
    hint="torch.arange without a device makes a tensor on the CPU. Which of its arguments says where?",
)
def positions(tokens):
    return torch.arange(tokens.shape[1])


@misconception(
    "new_tensors",
    "makes a new tensor on the GPU, whatever the input is on",
    hint="That works where there is a GPU. What if the tokens are on the CPU? Ask them.",
)
def positions(tokens):
    return torch.arange(tokens.shape[1], device="cuda" if torch.cuda.is_available() else "cpu")


@misconception(
    "new_tensors",
    "counts positions in floats",
    hint="Print positions(tokens).dtype. Which number in arange made it so?",
)
def positions(tokens):
    return torch.arange(0.0, tokens.shape[1], device=tokens.device)


@misconception(
    "new_tensors",
    "leaves the mask on the CPU",
    hint="The mask is a new tensor, too. Where is it, and where are the scores?",
)
def hide_future(scores):
    places = scores.shape[-1]
    future = torch.ones(places, places, dtype=torch.bool).triu(diagonal=1)
    return scores.masked_fill(future, float("-inf"))


@misconception(
    "new_tensors",
    "hides the present, too",
    hint="Place i may look at place i itself. What does triu's diagonal=0 include?",
)
def hide_future(scores):
    future = torch.ones_like(scores, dtype=torch.bool).triu()
    return scores.masked_fill(future, float("-inf"))


@misconception(
    "new_tensors",
    "writes zeros into the future",
    hint="softmax gives exp(0) = 1 to a score of 0. Which score gets no weight at all?",
)
def hide_future(scores):
    return scores.tril()


@misconception(
    "new_tensors",
    "hides the future in the scores that came in",
    hint="Methods with an underscore write into the tensor. Whose tensor is it?",
)
def hide_future(scores):
    future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
    return scores.masked_fill_(future, float("-inf"))


# 3. Move a batch


@misconception(
    "move_batch",
    "drops the result of .to",
    hint="x.to(device) returns a copy and leaves x where it is. What became of the copy?",
)
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        batch.to(device)
        return batch
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


@misconception(
    "move_batch",
    "moves to the GPU, whatever the device is",
    hint="Call it with torch.device('cpu'). Where in your function does the argument device count?",
)
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.cuda()
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


@misconception(
    "move_batch",
    "moves the outermost level only",
    hint="Try {'words': [x, (y,)]}. What does your function do with a list inside a dict?",
)
def move_batch(batch, device):
    def moved(value):
        return value.to(device) if isinstance(value, torch.Tensor) else value

    if isinstance(batch, dict):
        return {key: moved(value) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(moved(item) for item in batch)
    return moved(batch)


@misconception(
    "move_batch",
    "makes lists of tuples",
    hint="Print type(move_batch((x, y), device)). What was it before?",
)
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [move_batch(item, device) for item in batch]
    return batch


@misconception(
    "move_batch",
    "takes text apart",
    hint="A string is a sequence of strings, each of which is a sequence of strings... Which types have to be opened?",
)
def move_batch(batch, device):
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, Sequence):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


@misconception(
    "move_batch",
    "makes tensors of numbers",
    hint="0.5 came in, and what came out? Numbers work on every device as they are.",
)
def move_batch(batch, device):
    if isinstance(batch, (torch.Tensor, int, float)):
        return torch.as_tensor(batch, device=device)
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(item, device) for item in batch)
    return batch


# 4. Find and mend: the model


class Mended(nn.Module):
    """A right reader in pieces, so that each mistake below can be made by itself."""

    def __init__(self, tokens, width, classes, longest):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.register_buffer("table", torch.linspace(-1, 1, longest).unsqueeze(1).repeat(1, width))
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def counts(self, x):
        return torch.arange(1, x.shape[1] + 1, device=x.device).unsqueeze(1)

    def start(self, x):
        return x.new_ones(1, len(x), x.shape[2])

    def places(self, x):
        return self.table[: x.shape[1]]

    def forward(self, tokens):
        x = self.embedding(tokens)
        x = x + self.places(x)
        for layer in self.layers:
            x = torch.tanh(layer(x))
        x = x.cumsum(dim=1) / self.counts(x)
        x, _ = self.recurrent(x, self.start(x))
        return self.head(x)


@misconception(
    "mend_the_model",
    "keeps a table that is not a buffer",
    hint="Print [name for name, _ in model.named_buffers()]. What does model.to move, and what not?",
)
class Reader(Mended):
    def __init__(self, tokens, width, classes, longest):
        super().__init__(tokens, width, classes, longest)
        table = self.table
        del self.table
        self.table = table


@misconception(
    "mend_the_model",
    "keeps its modules in a plain list",
    hint="Print the names of all parameters. Whose are missing, and what kind of list would show them?",
)
class Reader(Mended):
    def __init__(self, tokens, width, classes, longest):
        super().__init__(tokens, width, classes, longest)
        layers = list(self.layers)
        del self.layers
        self.layers = layers


@misconception(
    "mend_the_model",
    "makes the hidden state on the CPU",
    hint="The GRU got its input and its first state. Where was the state made?",
)
class Reader(Mended):
    def start(self, x):
        return torch.ones(1, len(x), x.shape[2])


@misconception(
    "mend_the_model",
    "makes a new tensor in forward on the CPU",
    hint="Find the arange in forward. Where does it put its numbers, and where is x?",
)
class Reader(Mended):
    def counts(self, x):
        return torch.arange(1, x.shape[1] + 1).unsqueeze(1)


@misconception(
    "mend_the_model",
    "starts the state in float32, whatever the model is in",
    hint="On the right device, yes. Now try model.double(): which dtype does torch.ones choose?",
)
class Reader(Mended):
    def start(self, x):
        return torch.ones(1, len(x), x.shape[2], device=x.device)


@misconception(
    "mend_the_model",
    "makes the table a parameter that is trained",
    hint="An optimizer would change it. What belongs to a model, moves with it, and is not trained?",
)
class Reader(Mended):
    def __init__(self, tokens, width, classes, longest):
        super().__init__(tokens, width, classes, longest)
        table = self.table
        del self.table
        self.table = nn.Parameter(table)


@misconception(
    "mend_the_model",
    "moves the table with every call",
    hint="It works, and copies the table over the bus in every forward pass. What would move it once, with the model?",
)
class Reader(Mended):
    def __init__(self, tokens, width, classes, longest):
        super().__init__(tokens, width, classes, longest)
        table = self.table
        del self.table
        self.table = table

    def places(self, x):
        return self.table[: x.shape[1]].to(x)


# 5. Find and mend: the loop


@misconception(
    "mend_the_loop",
    "drops the result of .to or .cuda()",
    hint="inputs.to(device) returns a copy. Which tensor goes into the model?",
)
def evaluate(model, batches, class_weights):
    device = next(model.parameters()).device
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros_like(weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs.to(device)
            labels.to(device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()


@misconception(
    "mend_the_loop",
    "leaves the weights of the loss on the CPU",
    hint="The message names the argument that is elsewhere: weight. Who moves class_weights?",
)
def evaluate(model, batches, class_weights):
    device = next(model.parameters()).device
    criterion = nn.CrossEntropyLoss(class_weights, reduction="sum")
    loss, right, predictions = 0.0, torch.zeros(len(class_weights), dtype=torch.int64, device=device), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = model(inputs)
            loss += criterion(logits, labels)
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(class_weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()


@misconception(
    "mend_the_loop",
    "keeps a metric accumulator on the CPU",
    hint="right += ... adds a tensor from the GPU to one that you made. Where did you make it?",
)
def evaluate(model, batches, class_weights):
    device = next(model.parameters()).device
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros(len(weights), dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()


@misconception(
    "mend_the_loop",
    "calls .numpy() before .cpu()",
    hint="NumPy reads the CPU's memory only. What brings the predictions there?",
)
def evaluate(model, batches, class_weights):
    device = next(model.parameters()).device
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros_like(weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
            predictions.append(found.numpy())
    return float(loss), right.tolist(), np.concatenate(predictions)


@misconception(
    "mend_the_loop",
    "brings the model to the data",
    hint="Look at next(model.parameters()).device afterwards. Whoever trains on would be on the CPU.",
)
def evaluate(model, batches, class_weights):
    model.cpu()
    loss, right, predictions = 0.0, torch.zeros_like(class_weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=class_weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(class_weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).numpy()


@misconception(
    "mend_the_loop",
    "uses the GPU, wherever the model is",
    hint="The model may be on the CPU of a machine that has a GPU. Who knows where it is?",
)
def evaluate(model, batches, class_weights):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros_like(weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()


@misconception(
    "mend_the_loop",
    "records a graph in evaluation",
    hint="Nobody calls backward here. What keeps autograd from recording every batch?",
)
def evaluate(model, batches, class_weights):
    device = next(model.parameters()).device
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros_like(weights, dtype=torch.int64), []
    for inputs, labels in batches:
        inputs, labels = inputs.to(device), labels.to(device)
        logits = model(inputs)
        loss += functional.cross_entropy(logits, labels, weight=weights, reduction="sum").detach()
        found = logits.argmax(dim=1)
        right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
        predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()


@misconception(
    "mend_the_loop",
    "adds up means instead of sums",
    hint="cross_entropy takes the mean over a batch unless told otherwise. Which reduction adds up?",
)
def evaluate(model, batches, class_weights):
    device = next(model.parameters()).device
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros_like(weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=weights)
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()


@misconception(
    "mend_the_loop",
    "leaves the model in evaluation mode",
    hint="Print model.training before and after. In which mode did the model come?",
)
def evaluate(model, batches, class_weights):
    model.eval()
    device = next(model.parameters()).device
    weights = class_weights.to(device)
    loss, right, predictions = 0.0, torch.zeros_like(weights, dtype=torch.int64), []
    with torch.no_grad():
        for inputs, labels in batches:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = model(inputs)
            loss += functional.cross_entropy(logits, labels, weight=weights, reduction="sum")
            found = logits.argmax(dim=1)
            right += functional.one_hot(labels[found == labels], len(weights)).sum(dim=0)
            predictions.append(found)
    return float(loss), right.tolist(), torch.cat(predictions).cpu().numpy()


# 6. Move a training


@misconception(
    "move_training",
    "makes the optimizer before the move, and leaves its state behind",
    hint="Print optimizer.state after the move. Where are the tensors in it?",
)
def move_training(model, optimizer, device):
    model.to(device)


@misconception(
    "move_training",
    "moves the state and forgets the model",
    hint="Where is model.weight afterwards?",
)
def move_training(model, optimizer, device):
    for state in optimizer.state.values():
        for name, value in state.items():
            if isinstance(value, torch.Tensor):
                state[name] = value.to(device)


@misconception(
    "move_training",
    "starts with an empty state",
    hint="It runs, but the momentum of an hour's training is gone. Can the state be moved instead?",
)
def move_training(model, optimizer, device):
    model.to(device)
    optimizer.state.clear()


@misconception(
    "move_training",
    "moves momentum only",
    hint="Print the names in Adam's state. Is there a momentum_buffer among them?",
)
def move_training(model, optimizer, device):
    model.to(device)
    for state in optimizer.state.values():
        if state.get("momentum_buffer") is not None:
            state["momentum_buffer"] = state["momentum_buffer"].to(device)


@misconception(
    "move_training",
    "makes new parameters, which the optimizer does not know",
    hint="Is optimizer.param_groups[0]['params'][0] still model.weight? Compare them with `is`.",
)
def move_training(model, optimizer, device):
    for module in model.modules():
        for name, value in list(module.named_parameters(recurse=False)):
            setattr(module, name, nn.Parameter(value.detach().to(device)))
        for name, value in list(module.named_buffers(recurse=False)):
            setattr(module, name, value.to(device))
    for state in optimizer.state.values():
        for name, value in state.items():
            if isinstance(value, torch.Tensor):
                state[name] = value.to(device)


@misconception(
    "move_training",
    "makes the state float32",
    hint="House rule 3: which dtype does the momentum of a float64 model have before the move, and which after it?",
)
def move_training(model, optimizer, device):
    model.to(device)
    for state in optimizer.state.values():
        for name, value in state.items():
            if isinstance(value, torch.Tensor):
                state[name] = value.to(device, torch.float32)


# 7. Autocast


@misconception(
    "autocast",
    "computes without autocast",
    hint="All five are float32. Inside which block does autocast work?",
)
def five_results(x, dtype):
    product = x @ x
    results = {"product": product, "softmax": product.softmax(dim=1), "relu": product.relu()}
    results |= {"square": product**2, "sum": product + x}
    return results


@misconception(
    "autocast",
    "converts by hand instead of letting autocast choose",
    hint="x.half() makes everything half. Which operations would autocast have kept in float32?",
)
def five_results(x, dtype):
    x = x.to(dtype)
    product = x @ x
    results = {"product": product, "softmax": product.softmax(dim=1), "relu": product.relu()}
    results |= {"square": product**2, "sum": product + x}
    return results


@misconception(
    "autocast",
    "always takes float16",
    hint="Call it with torch.bfloat16. What does autocast do when nobody tells it the dtype?",
)
def five_results(x, dtype):
    with torch.autocast("cuda"):
        product = x @ x
        results = {"product": product, "softmax": product.softmax(dim=1), "relu": product.relu()}
        results |= {"square": product**2, "sum": product + x}
    return results


@misconception(
    "autocast",
    "leaves the block too early",
    hint="Only the product is computed inside the block. What about softmax and the square?",
)
def five_results(x, dtype):
    with torch.autocast("cuda", dtype=dtype):
        product = x @ x
    results = {"product": product, "softmax": product.softmax(dim=1), "relu": product.relu()}
    results |= {"square": product**2, "sum": product + x}
    return results


@misconception(
    "autocast",
    "converts while autocast is still on",
    hint="features.float() is float32, and then autocast makes a half of it again for @. How do you turn it off?",
)
def features_and_gram(model, x, dtype):
    with torch.autocast("cuda", dtype=dtype):
        features = model(x)
        wide = features.float()
        return features, wide @ wide.T


@misconception(
    "autocast",
    "converts the result instead of the features",
    hint="What has overflowed in float16 is inf in float32, too. What has to be wide before the product?",
)
def features_and_gram(model, x, dtype):
    with torch.autocast("cuda", dtype=dtype):
        features = model(x)
    with torch.autocast("cuda", enabled=False):
        return features, (features @ features.T).float()


@misconception(
    "autocast",
    "runs the model in float32",
    hint="Print features.dtype. Which part belongs under autocast, and which does not?",
)
def features_and_gram(model, x, dtype):
    with torch.autocast("cuda", enabled=False):
        features = model(x)
        return features, features @ features.T


@misconception(
    "autocast",
    "cuts the graph of the Gram matrix",
    hint="Gradients have to flow through both results. What does detach do to them?",
)
def features_and_gram(model, x, dtype):
    with torch.autocast("cuda", dtype=dtype):
        features = model(x)
    with torch.autocast("cuda", enabled=False):
        wide = features.detach().float()
        return features, wide @ wide.T


# 8. A step in mixed precision


@misconception(
    "amp_step",
    "clips gradients that are still scaled",
    hint="Print the norm that clip_grad_norm_ returns. Is it the gradients' own, or times the scale?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


@misconception(
    "amp_step",
    "steps with the optimizer itself",
    hint="optimizer.step() does not look whether a gradient is inf or nan. Who does, and skips the step?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    scaler.update()
    return loss.item()


@misconception(
    "amp_step",
    "never updates the scale",
    hint="After an overflow the scale must shrink. Which method of the scaler does that, and when?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    return loss.item()


@misconception(
    "amp_step",
    "divides by a scale that it never multiplied by",
    hint="unscale_ divides the gradients. What should have multiplied the loss before backward?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss)
    loss.backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


@misconception(
    "amp_step",
    "keeps the gradients of the step before",
    hint="The first step is right, the second is not. What is still in .grad when backward begins?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


@misconception(
    "amp_step",
    "forgets autocast",
    hint="Everything is scaled, and everything is float32. Inside which block does the forward pass belong?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


@misconception(
    "amp_step",
    "unscales by hand, and lets the scaler unscale again",
    hint="scaler.step divides gradients that nobody unscaled by unscale_. Who divided them before?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    for parameter in model.parameters():
        parameter.grad /= scaler.get_scale()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


@misconception(
    "amp_step",
    "returns the scaled loss",
    hint="The loss is some thousand times too large. Which of your two losses do you return?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = scaler.scale(functional.mse_loss(model(inputs), targets))
    loss.backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


@misconception(
    "amp_step",
    "updates the scale before the step",
    hint="update() lets the scaler forget that the gradients were unscaled. What does step() then do to them again?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    scaler.update()
    scaler.step(optimizer)
    return loss.item()


@misconception(
    "amp_step",
    "does not clip",
    hint="What norm do the gradients have when the step is taken? Which argument says how large it may be?",
)
def amp_step(model, inputs, targets, optimizer, scaler, max_norm):
    optimizer.zero_grad()
    with torch.autocast("cuda", dtype=torch.float16):
        loss = functional.mse_loss(model(inputs), targets)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return loss.item()


# 9. Data parallel


@misconception(
    "data_parallel",
    "calls the model past its wrapper",
    hint="Do the replicas hold the same weights afterwards? The averaging is part of the wrapper's forward.",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs[rank::processes]), labels[rank::processes]).backward()
        optimizer.step()
    return model.state_dict()


@misconception(
    "data_parallel",
    "gives every replica the whole batch",
    hint="Then nothing is gained: everybody does all the work. Which rows are those of rank 1?",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(parallel(inputs), labels).backward()
        optimizer.step()
    return model.state_dict()


@misconception(
    "data_parallel",
    "gives every replica the same share",
    hint="Print the rows that each rank takes. Who looks at the others?",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=lr)
    share = len(inputs) // processes
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(parallel(inputs[:share]), labels[:share]).backward()
        optimizer.step()
    return model.state_dict()


@misconception(
    "data_parallel",
    "adds the gradients and does not average them",
    hint="all_reduce gives the sum over all processes. What is the gradient of a mean over all rows?",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs[rank::processes]), labels[rank::processes]).backward()
        for parameter in model.parameters():
            dist.all_reduce(parameter.grad)
        optimizer.step()
    return model.state_dict()


@misconception(
    "data_parallel",
    "returns the wrapper's names",
    hint="Print the names: they begin with 'module.'. Whose state dict has the model's own?",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(parallel(inputs[rank::processes]), labels[rank::processes]).backward()
        optimizer.step()
    return parallel.state_dict()


@misconception(
    "data_parallel",
    "averages the weights at the end only",
    hint="One step is right, three are not: when do the replicas have to agree again, and on what?",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs[rank::processes]), labels[rank::processes]).backward()
        optimizer.step()
    for value in model.state_dict().values():
        dist.all_reduce(value)
        value /= processes
    return model.state_dict()


@misconception(
    "data_parallel",
    "sums the loss over its rows",
    hint="The step is as many times too long as a share has rows. Which reduction does the text name?",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        logits = parallel(inputs[rank::processes])
        functional.cross_entropy(logits, labels[rank::processes], reduction="sum").backward()
        optimizer.step()
    return model.state_dict()


@misconception(
    "data_parallel",
    "lets the gradients pile up",
    hint="The first step is right, the second is too long. What is still in .grad when backward begins?",
)
def replica(rank, processes, model, inputs, labels, lr, steps):
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=lr)
    for _ in range(steps):
        functional.cross_entropy(parallel(inputs[rank::processes]), labels[rank::processes]).backward()
        optimizer.step()
    return model.state_dict()


# 10. Timing


@misconception(
    "timing",
    "never waits for the GPU",
    hint="work() only puts an order into the queue. When is the queue empty?",
)
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    for _ in range(warmup):
        work()
    start = clock()
    for _ in range(repeats):
        work()
    return (clock() - start) / repeats


@misconception(
    "timing",
    "starts the clock before the queue is empty",
    hint="What if the warm-up is still running when the clock starts? Wait on both sides.",
)
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    for _ in range(warmup):
        work()
    start = clock()
    for _ in range(repeats):
        work()
    synchronize()
    return (clock() - start) / repeats


@misconception(
    "timing",
    "divides by all calls",
    hint="The warm-up was not measured. How many calls were?",
)
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    for _ in range(warmup):
        work()
    synchronize()
    start = clock()
    for _ in range(repeats):
        work()
    synchronize()
    return (clock() - start) / (warmup + repeats)


@misconception(
    "timing",
    "counts the warm-up",
    hint="The first calls are slow and should not count. Is the clock running when they are made?",
)
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    synchronize()
    start = clock()
    for _ in range(warmup + repeats):
        work()
    synchronize()
    return (clock() - start) / (warmup + repeats)


@misconception(
    "timing",
    "returns the time of all calls together",
    hint="Double repeats, and your answer doubles. Should the time of one call?",
)
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    for _ in range(warmup):
        work()
    synchronize()
    start = clock()
    for _ in range(repeats):
        work()
    synchronize()
    return clock() - start


@misconception(
    "timing",
    "measures a single call",
    hint="How often was work called? The text asks for a mean over repeats calls.",
)
def seconds_per_call(work, synchronize, clock, warmup=3, repeats=10):
    for _ in range(warmup):
        work()
    synchronize()
    start = clock()
    work()
    synchronize()
    return clock() - start


# 11. Feed the GPU


@misconception(
    "feed_the_gpu",
    "pins for the CPU, too",
    hint="Pinned memory is scarce. For which devices does it help?",
)
def make_loader(inputs, labels, batch_size, device):
    return DataLoader(TensorDataset(inputs, labels), batch_size=batch_size, pin_memory=True)


@misconception(
    "feed_the_gpu",
    "never pins",
    hint="Which argument of DataLoader makes a copy to the GPU fast? Its default is False.",
)
def make_loader(inputs, labels, batch_size, device):
    return DataLoader(TensorDataset(inputs, labels), batch_size=batch_size)


@misconception(
    "feed_the_gpu",
    "shuffles",
    hint="Compare the order of the samples with the order that they came in. Who mixed them?",
)
def make_loader(inputs, labels, batch_size, device):
    pinned = device.type == "cuda"
    return DataLoader(TensorDataset(inputs, labels), batch_size=batch_size, shuffle=True, pin_memory=pinned)


@misconception(
    "feed_the_gpu",
    "loses the last batch",
    hint="Count the samples of all batches. What does drop_last drop?",
)
def make_loader(inputs, labels, batch_size, device):
    pinned = device.type == "cuda"
    return DataLoader(TensorDataset(inputs, labels), batch_size=batch_size, drop_last=True, pin_memory=pinned)


@misconception(
    "feed_the_gpu",
    "drops the result of .to",
    hint="Where are the tensors that you yield? .to returns a copy.",
)
def on_device(batches, device):
    for inputs, labels in batches:
        inputs.to(device, non_blocking=True)
        labels.to(device, non_blocking=True)
        yield inputs, labels


@misconception(
    "feed_the_gpu",
    "forgets the labels",
    hint="The loss will want the labels where the logits are. Where are they?",
)
def on_device(batches, device):
    for inputs, labels in batches:
        yield inputs.to(device, non_blocking=True), labels


@misconception(
    "feed_the_gpu",
    "reads all batches before it gives the first",
    hint="Think of a data set without an end. When would your first batch come out?",
)
def on_device(batches, device):
    moved = [(inputs.to(device, non_blocking=True), labels.to(device, non_blocking=True)) for inputs, labels in batches]
    yield from moved


@misconception(
    "feed_the_gpu",
    "waits for every copy",
    hint="What does .to do unless it is told not to wait? Read once more what the two halves of fast copies are.",
)
def on_device(batches, device):
    for inputs, labels in batches:
        yield inputs.to(device), labels.to(device)
