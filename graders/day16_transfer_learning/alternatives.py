"""Right answers to day 16 in other styles: every one of them deserves full marks."""

# ruff: noqa: F811  several right answers share the one name that they replace

from __future__ import annotations

import copy
import itertools
import pickle

import torch
from torch import nn

from proctorch.grading.vocabulary import alternative

# 1. Freeze


@alternative("freeze", "the module's own method")
def freeze(module):
    module.requires_grad_(False)


@alternative("freeze", "part by part")
def freeze(module):
    for part in module.modules():
        for parameter in part.parameters(recurse=False):
            parameter.requires_grad_(False)


@alternative("freeze", "recursion over the children")
def freeze(module):
    for value in module._parameters.values():
        if value is not None:
            value.requires_grad = False
    for child in module.children():
        freeze(child)


@alternative("freeze", "a loop that appends")
def trainable(model):
    names = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        names.append(name)
    return names


@alternative("freeze", "filtered pairs")
def trainable(model):
    pairs = filter(lambda pair: pair[1].requires_grad, model.named_parameters())
    return list(dict(pairs))


# 2. A new head


@alternative("replace_head", "sizes from the weight, attribute set by its name")
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    old = model.fc.weight
    model.__setattr__("fc", nn.Linear(old.shape[1], classes, bias=True).to(old.dtype))
    return model


@alternative("replace_head", "weights drawn by hand, with a generator of its own")
def replace_head(model, classes, seed):
    generator = torch.Generator().manual_seed(seed)
    features, dtype = model.fc.in_features, model.fc.weight.dtype
    head = nn.Linear(features, classes, dtype=dtype)
    with torch.no_grad():
        head.weight.copy_(torch.randn(classes, features, generator=generator) / features**0.5)
        head.bias.copy_(0.01 * torch.randn(classes, generator=generator))
    model.fc = head
    return model


@alternative("replace_head", "global generator put back afterwards, Xavier's weights")
def replace_head(model, classes, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = nn.Linear(model.fc.in_features, classes, device=model.fc.weight.device, dtype=model.fc.weight.dtype)
        nn.init.xavier_uniform_(head.weight)
    model.add_module("fc", head)
    return model


# 3. Features, computed once


@alternative("extract_features", "the head swapped for an identity, and put back")
def extract_features(model, images, batch_size):
    mode, head = model.training, model.fc
    model.fc = nn.Identity()
    model.eval()
    try:
        with torch.inference_mode():
            found = torch.cat([model(batch) for batch in torch.split(images, batch_size)])
    finally:
        model.fc = head
        model.train(mode)
    return found.clone()


@alternative("extract_features", "a copy of the model without its head")
def extract_features(model, images, batch_size):
    body = copy.deepcopy(model)
    body.fc = nn.Identity()
    freeze(body.eval())
    return torch.cat([body(images[start : start + batch_size]) for start in range(0, len(images), batch_size)])


@alternative("extract_features", "a hook on the way out, with a loader")
def extract_features(model, images, batch_size):
    rows = []

    def keep(module, inputs, output):
        rows.extend(inputs[0].detach().unbind())

    handle = model.fc.register_forward_hook(keep)
    mode = model.training
    model.train(False)
    for (batch,) in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images), batch_size=batch_size):
        model(batch)
    handle.remove()
    model.train(mode)
    return torch.stack(rows)


# 4. Train the head


@alternative("fit_head", "gradient descent with momentum")
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(head(features), labels).backward()
        optimizer.step()
    return head


@alternative("fit_head", "mini-batches with AdamW")
def fit_head(features, labels, classes, steps, seed):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.03)
    for _ in range(steps):
        batch = torch.randint(len(features), (64,), generator=generator)
        loss = -torch.log_softmax(head(features[batch]), dim=1).gather(1, labels[batch, None]).mean()
        head.zero_grad()
        loss.backward()
        optimizer.step()
    return head


@alternative("fit_head", "gradients by hand, standardised inside")
def fit_head(features, labels, classes, steps, seed):
    generator = torch.Generator().manual_seed(seed)
    mean, deviation = features.mean(dim=0), features.std(dim=0) + 0.1
    rows, truth = (features - mean) / deviation, torch.eye(classes)[labels]
    weight, bias = 0.1 * torch.randn(classes, rows.shape[1], generator=generator), torch.zeros(classes)
    speed = torch.zeros_like(weight)
    for _ in range(steps):
        gradient = (torch.softmax(rows @ weight.T + bias, dim=1) - truth) / len(labels)
        speed = 0.9 * speed + gradient.T @ rows
        weight, bias = weight - 0.05 * speed, bias - 0.1 * gradient.sum(dim=0)
    head = nn.Linear(features.shape[1], classes)
    if steps == 0:
        mean, deviation = torch.zeros_like(mean), torch.ones_like(deviation)
    with torch.no_grad():
        head.weight.copy_(weight / deviation)
        head.bias.copy_(bias - (weight / deviation) @ mean)
    return head


# 5. Frozen batch norm


@alternative("train_mode", "one pass, each layer put right by itself")
def train_mode(model):
    for module in model.modules():
        frozen = isinstance(module, nn.modules.batchnorm._BatchNorm) and not module.weight.requires_grad
        module.training = not frozen


@alternative("train_mode", "a function applied everywhere")
def train_mode(model):
    def rest(module):
        norm = isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d))
        if norm and not any(parameter.requires_grad for parameter in module.parameters()):
            module.eval()

    model.train().apply(rest)


@alternative("train_mode", "by the name of the type")
def train_mode(model):
    model.train(True)
    for _, module in model.named_modules():
        if type(module).__name__.startswith("BatchNorm") and not (
            module.weight.requires_grad or module.bias.requires_grad
        ):
            module.train(False)


# 6. Two learning rates


@alternative("fine_tuning_optimizer", "a group for each parameter")
def fine_tuning_optimizer(model, body_rate, head_rate):
    groups = []
    for parameter in model.parameters():
        if parameter.requires_grad:
            in_head = any(parameter is other for other in model.fc.parameters())
            groups.append({"params": [parameter], "lr": head_rate if in_head else body_rate, "momentum": 0.9})
    return torch.optim.SGD(groups, lr=head_rate)


@alternative("fine_tuning_optimizer", "exact names, a group added later")
def fine_tuning_optimizer(model, body_rate, head_rate):
    named = {name: value for name, value in model.named_parameters() if value.requires_grad}
    head = [named.pop(name) for name in ("fc.weight", "fc.bias") if name in named]
    body = list(named.values())
    if not body:
        return torch.optim.SGD(head, lr=head_rate, momentum=0.9)
    optimizer = torch.optim.SGD(body, lr=body_rate, momentum=0.9)
    if head:
        optimizer.add_param_group({"params": head, "lr": head_rate})
    return optimizer


@alternative("fine_tuning_optimizer", "empty groups left in, the whole names compared")
def fine_tuning_optimizer(model, body_rate, head_rate):
    groups = {"fc": {"params": [], "lr": head_rate}, "": {"params": [], "lr": body_rate}}
    for name, value in model.named_parameters():
        if value.requires_grad:
            groups["fc" if name.rpartition(".")[0] == "fc" else ""]["params"].append(value)
    return torch.optim.SGD(list(groups.values()), momentum=0.9)


@alternative("fine_tuning_optimizer", "a set of parameters, the children walked through")
def fine_tuning_optimizer(model, body_rate, head_rate):
    head = set(model.fc.parameters())
    chosen = {value for value in model.parameters() if value.requires_grad}
    body = [value for value in model.parameters() if value in chosen - head]
    groups = [
        {"params": body, "lr": body_rate},
        {"params": [value for value in model.fc.parameters() if value in chosen], "lr": head_rate},
    ]
    return torch.optim.SGD([group for group in groups if group["params"]], lr=1.0, momentum=0.9, foreach=False)


# 7. Fine-tune


@alternative("fine_tune", "momentum by hand")
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.train()
    head = {id(value) for value in model.fc.parameters()}
    for module in model.modules():
        norm = isinstance(module, nn.modules.batchnorm._BatchNorm)
        module.training = not norm
        for value in module.parameters(recurse=False):
            value.requires_grad = not norm
    moving = [value for value in model.parameters() if value.requires_grad]
    speeds, losses = [torch.zeros_like(value) for value in moving], []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        gradients = torch.autograd.grad(loss, moving)
        with torch.no_grad():
            for value, speed, gradient in zip(moving, speeds, gradients, strict=True):
                speed.mul_(0.9).add_(gradient)
                value.sub_((head_rate if id(value) in head else body_rate) * speed)
        losses.append(float(loss))
    return losses


@alternative("fine_tune", "two optimizers")
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    for value in model.parameters():
        value.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            freeze(module)
    head = list(model.fc.parameters())
    body = [value for value in model.parameters() if value.requires_grad and all(value is not own for own in head)]
    optimizers = [
        torch.optim.SGD(body, lr=body_rate, momentum=0.9),
        torch.optim.SGD(head, lr=head_rate, momentum=0.9),
    ]
    losses = []
    train_mode(model)
    for _ in range(steps):
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=False)
        loss = nn.CrossEntropyLoss()(model(images), labels)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        losses += [loss.detach().item()]
    return losses


@alternative("fine_tune", "train_mode in every step, the loss written out")
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    norms = [module for module in model.modules() if "BatchNorm" in type(module).__name__]
    model.requires_grad_(True)
    for module in norms:
        module.weight.requires_grad = module.bias.requires_grad = False
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    found = []
    train_mode(model)
    for _ in range(steps):
        train_mode(model)
        model.zero_grad()
        loss = -torch.log_softmax(model(images), dim=1)[torch.arange(len(labels)), labels].mean()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


# 8. Save and load


@alternative("save_and_load", "a plain dict of copies, through an open file")
def save_weights(model, path):
    state = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
    with open(path, "wb") as file:
        torch.save(state, file)


@alternative("save_and_load", "the older file format")
def save_weights(model, path):
    torch.save(model.state_dict(), str(path), _use_new_zipfile_serialization=False)


@alternative("save_and_load", "an open file, torch's default")
def load_weights(path):
    with open(path, "rb") as file:
        return torch.load(file, map_location=torch.device("cpu"))


@alternative("save_and_load", "the refusal raised anew")
def load_weights(path):
    try:
        state = torch.load(path, map_location=lambda storage, place: storage, weights_only=True)
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError("not a file of weights") from error
    return dict(zip(state.keys(), state.values(), strict=True))


# 9. Load what fits


@alternative("load_matching", "name by name, copied in place")
def load_matching(model, state):
    own = model.state_dict()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for name in sorted({*own, *state}):
        if name not in state:
            report["missing"].append(name)
        elif name not in own:
            report["unexpected"].append(name)
        elif tuple(own[name].shape) != tuple(state[name].shape):
            report["mismatched"].append(name)
        else:
            with torch.no_grad():
                own[name].copy_(state[name])
            report["loaded"].append(name)
    return report


@alternative("load_matching", "the model's own state, updated and loaded strictly")
def load_matching(model, state):
    own = model.state_dict()
    fits = {name: value for name, value in state.items() if name in own and value.size() == own[name].size()}
    model.load_state_dict({**own, **fits}, strict=True)
    lists = (
        fits,
        [name for name in own if name not in state],
        [name for name in state if name not in own],
        [name for name in state if name in own and name not in fits],
    )
    return dict(zip(("loaded", "missing", "unexpected", "mismatched"), map(sorted, lists), strict=True))


@alternative("load_matching", "each tensor converted and copied by hand")
def load_matching(model, state):
    own, lists = model.state_dict(), {name: [] for name in ("loaded", "missing", "unexpected", "mismatched")}
    for name, value in own.items():
        kind = "missing" if name not in state else "loaded" if state[name].shape == value.shape else "mismatched"
        lists[kind].append(name)
        if kind == "loaded":
            own[name] = state[name].detach().to(value.dtype, copy=True)
    lists["unexpected"] = list(state.keys() - own.keys())
    model.load_state_dict(own)
    return {kind: sorted(names) for kind, names in lists.items()}


@alternative("load_matching", "sets of names and shapes")
def load_matching(model, state):
    mine = {(name, value.shape) for name, value in model.state_dict().items()}
    theirs = {(name, value.shape) for name, value in state.items()}
    names, other = {name for name, _ in mine}, {name for name, _ in theirs}
    loaded = {name for name, _ in mine & theirs}
    model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(names - other),
        "unexpected": sorted(other - names),
        "mismatched": sorted((names & other) - loaded),
    }


# 10. Unfreeze gradually


@alternative("unfreeze_gradually", "by the names of the parameters")
def unfreeze_last(model, stages, count):
    chosen = tuple(f"{stage}." for stage in stages[len(stages) - count :])
    for name, parameter in model.named_parameters():
        parameter.requires_grad = bool(chosen) and name.startswith(chosen)


@alternative("unfreeze_gradually", "from the head backwards")
def unfreeze_last(model, stages, count):
    freeze(model)
    parts = dict(model.named_modules())
    for stage in itertools.islice(reversed(stages), count):
        for parameter in parts[stage].parameters():
            parameter.requires_grad_()


@alternative("unfreeze_gradually", "one optimizer, a group added in each phase")
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.eval()
    optimizer = None
    for count in range(1, len(stages) + 1):
        unfreeze_last(model, stages, count)
        new = list(model.get_submodule(stages[-count]).parameters())
        if optimizer is None:
            optimizer = torch.optim.SGD(new, lr=rate)
        else:
            optimizer.add_param_group({"params": new})
        for _ in range(steps):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()


@alternative("unfreeze_gradually", "one optimizer of everything, which steps where there is a gradient")
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.train(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for phase in range(len(stages)):
        unfreeze_last(model, stages, phase + 1)
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            nn.CrossEntropyLoss()(model(images), labels).backward()
            optimizer.step()


@alternative("unfreeze_gradually", "steps by hand")
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.eval()
    for count in range(1, len(stages) + 1):
        unfreeze_last(model, stages, count)
        moving = [value for value in model.parameters() if value.requires_grad]
        for _ in range(steps):
            gradients = torch.autograd.grad(nn.functional.cross_entropy(model(images), labels), moving)
            with torch.no_grad():
                torch._foreach_sub_(moving, [rate * gradient for gradient in gradients])
