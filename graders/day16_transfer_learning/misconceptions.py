"""What students get wrong on day 16, each mistake with the hint that its author deserves."""

# ruff: noqa: F811  several wrong answers share the one name that they replace

from __future__ import annotations

import copy

import torch
from torch import nn

from proctorch.grading.vocabulary import misconception

# 1. Freeze


@misconception(
    "freeze",
    "sets requires_grad on the module",
    hint="Print trainable(model) after it. Which objects have a requires_grad that autograd looks at?",
)
def freeze(module):
    module.requires_grad = False


@misconception(
    "freeze",
    "puts the module into evaluation mode instead",
    hint="eval() changes what dropout and batch norm do. Does it keep gradients from being computed?",
)
def freeze(module):
    module.eval()


@misconception(
    "freeze",
    "freezes the parameters of the top level only",
    hint="Which parameters does recurse=False leave out? Print named_parameters() both ways.",
)
def freeze(module):
    for parameter in module.parameters(recurse=False):
        parameter.requires_grad = False


@misconception(
    "freeze",
    "freezes the weights and forgets the biases",
    hint="Print trainable(model) after it: what do the names that are left have in common?",
)
def freeze(module):
    for name, parameter in module.named_parameters():
        if name.endswith("weight"):
            parameter.requires_grad = False


@misconception(
    "freeze",
    "freezes everything but the last layer",
    hint="freeze is told which module to freeze, all of it. Who decides what is left out?",
)
def freeze(module):
    for parameter in list(module.parameters())[:-2]:
        parameter.requires_grad = False


@misconception(
    "freeze",
    "names all parameters",
    hint="Freeze a part of a model and print the list. Which of the names should have gone?",
)
def trainable(model):
    return [name for name, parameter in model.named_parameters() if isinstance(parameter, nn.Parameter)]


@misconception(
    "freeze",
    "names the frozen ones",
    hint="Read your condition aloud: does it keep the parameters that require a gradient, or the others?",
)
def trainable(model):
    return [name for name, parameter in model.named_parameters() if not parameter.requires_grad]


@misconception(
    "freeze",
    "names those that have a gradient already",
    hint="grad is what the last backward left. Which attribute says whether there will be one?",
)
def trainable(model):
    return [name for name, parameter in model.named_parameters() if parameter.grad is not None]


@misconception(
    "freeze",
    "asks the state dict's tensors, which never require a gradient",
    hint="Print your list for a model in which nothing is frozen. Which tensors are the parameters themselves?",
)
def trainable(model):
    return [name for name, value in model.state_dict().items() if value.requires_grad]


# 2. A new head


@misconception(
    "replace_head",
    "changes only the number that the old head prints",
    hint="Print model.fc.weight.shape afterwards. Which layer has weights for the new classes?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.fc.out_features = classes
    return model


@misconception(
    "replace_head",
    "puts the new layer behind the old head",
    hint="The new head should see the features. What does a layer behind the old head see?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.fc = nn.Sequential(model.fc, nn.Linear(model.fc.out_features, classes, dtype=model.fc.weight.dtype))
    return model


@misconception(
    "replace_head",
    "writes the number of features down",
    hint="128 is right for one network only. Where does the old head know its number of inputs from?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.fc = nn.Linear(128, classes, dtype=model.fc.weight.dtype)
    return model


@misconception(
    "replace_head",
    "gives the new head another name",
    hint="A model calls the layers that its forward names. Does it ever call model.head?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.head = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype)
    return model


@misconception(
    "replace_head",
    "forgets the seed",
    hint="Make two heads with the same seed and compare their weights. Where do you use the seed?",
)
def replace_head(model, classes, seed):
    model.fc = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype)
    return model


@misconception(
    "replace_head",
    "sets the seed after the weights were drawn",
    hint="When does nn.Linear draw its weights: before or after you set the seed?",
)
def replace_head(model, classes, seed):
    model.fc = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype)
    torch.manual_seed(seed)
    return model


@misconception(
    "replace_head",
    "leaves the new head in float32",
    hint="Try it on a model in float64: which dtype has the new layer if nobody says?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.fc = nn.Linear(model.fc.in_features, classes)
    return model


@misconception(
    "replace_head",
    "changes a copy of the model",
    hint="Is what you return the model that was handed in? Look at model.fc of that one.",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    changed = copy.deepcopy(model)
    changed.fc = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype)
    return changed


@misconception(
    "replace_head",
    "freezes the new head as the old one was",
    hint="In a frozen model, who is left to learn? Print trainable(model) afterwards.",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    needed = model.fc.weight.requires_grad
    model.fc = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype).requires_grad_(needed)
    return model


@misconception(
    "replace_head",
    "draws the whole model anew",
    hint="Compare conv1.weight before and after. Which part should forget what it has learnt?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.fc = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype)
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return model


@misconception(
    "replace_head",
    "returns the head",
    hint="The caller goes on with what you return. Who has the body, if you return model.fc?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.fc = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype)
    return model.fc


@misconception(
    "replace_head",
    "makes a head without a bias",
    hint="Print list(model.fc.state_dict()). Which of the two parts of a linear layer is missing?",
)
def replace_head(model, classes, seed):
    torch.manual_seed(seed)
    model.fc = nn.Linear(model.fc.in_features, classes, bias=False, dtype=model.fc.weight.dtype)
    return model


# 3. Features, computed once


@misconception(
    "extract_features",
    "forgets the evaluation mode",
    hint="Take the features of one image alone, then with others. What does batch norm do in training mode?",
)
def extract_features(model, images, batch_size):
    seen = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        for batch in images.split(batch_size):
            model(batch)
    handle.remove()
    return torch.cat(seen)


@misconception(
    "extract_features",
    "leaves the model in evaluation mode",
    hint="Print model.training before and after. In which mode did the model come?",
)
def extract_features(model, images, batch_size):
    seen = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    model.eval()
    with torch.no_grad():
        for batch in images.split(batch_size):
            model(batch)
    handle.remove()
    return torch.cat(seen)


@misconception(
    "extract_features",
    "never puts the head back",
    hint="Print model.fc afterwards. Who uses the model next, and what will it find there?",
)
def extract_features(model, images, batch_size):
    mode = model.training
    model.fc = nn.Identity()
    model.eval()
    with torch.no_grad():
        found = torch.cat([model(batch) for batch in images.split(batch_size)])
    model.train(mode)
    return found


@misconception(
    "extract_features",
    "returns the logits",
    hint="How many columns does your result have, and how many should the features have? What goes into fc?",
)
def extract_features(model, images, batch_size):
    mode = model.training
    model.eval()
    with torch.no_grad():
        found = torch.cat([model(batch) for batch in images.split(batch_size)])
    model.train(mode)
    return found


@misconception(
    "extract_features",
    "keeps the graph",
    hint="Does your result require a gradient? What keeps autograd from recording?",
)
def extract_features(model, images, batch_size):
    seen = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    mode = model.training
    model.eval()
    for batch in images.split(batch_size):
        model(batch)
    model.train(mode)
    handle.remove()
    return torch.cat(seen)


@misconception(
    "extract_features",
    "loses the last batch when it is smaller",
    hint="Count the rows for 7 images by 3. What happens to the images that do not fill a batch?",
)
def extract_features(model, images, batch_size):
    seen = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    mode = model.training
    model.eval()
    with torch.no_grad():
        for number in range(max(1, len(images) // batch_size)):
            model(images[number * batch_size : (number + 1) * batch_size])
    model.train(mode)
    handle.remove()
    return torch.cat(seen)


@misconception(
    "extract_features",
    "pushes all images through at once",
    hint="What is batch_size for? A GPU that holds four images says no to nine.",
)
def extract_features(model, images, batch_size):
    seen = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    mode = model.training
    model.eval()
    with torch.no_grad():
        model(images)
    model.train(mode)
    handle.remove()
    return seen[0]


@misconception(
    "extract_features",
    "makes batch_size batches",
    hint="Print the sizes of your batches for 9 images by 2. What does chunk's number count, and what does split's?",
)
def extract_features(model, images, batch_size):
    seen = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    mode = model.training
    model.eval()
    with torch.no_grad():
        for batch in images.chunk(batch_size):
            model(batch)
    model.train(mode)
    handle.remove()
    return torch.cat(seen)


@misconception(
    "extract_features",
    "keeps only the last batch",
    hint="How many rows come back for 7 images by 3? Where do the features of the first batches go?",
)
def extract_features(model, images, batch_size):
    mode, head = model.training, model.fc
    model.fc = nn.Identity()
    model.eval()
    with torch.no_grad():
        for batch in images.split(batch_size):
            found = model(batch)
    model.fc = head
    model.train(mode)
    return found


# 4. Train the head


@misconception(
    "fit_head",
    "never takes the optimizer's step",
    hint="Print the loss every 20 steps. backward() only finds gradients: who moves the parameters?",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(features), labels).backward()
    return head


@misconception(
    "fit_head",
    "lets the gradients pile up",
    hint="backward() adds to the gradients that are there already. What has to be forgotten before it?",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.5)
    for _ in range(steps):
        nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head


@misconception(
    "fit_head",
    "is too timid",
    hint="Print the loss every 20 steps: it hardly moves. How far does each of your 100 steps go?",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.0001)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head


@misconception(
    "fit_head",
    "ignores the seed",
    hint="Train twice with the same seed and compare the weights. Where do you use the seed?",
)
def fit_head(features, labels, classes, steps, seed):
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head


@misconception(
    "fit_head",
    "starts from zeros",
    hint="Compare the heads of two seeds after 0 steps. Where should their first weights come from?",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    nn.init.zeros_(head.weight), nn.init.zeros_(head.bias)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head


@misconception(
    "fit_head",
    "takes as many steps as it likes",
    hint="Call it with steps=0: has the head learnt something? The caller decides how many updates there are.",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head


@misconception(
    "fit_head",
    "takes one step too few",
    hint="Count your updates for steps=1. Does the first round of your loop end with one?",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(1, steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head


@misconception(
    "fit_head",
    "hands probabilities to cross-entropy",
    hint="cross_entropy takes the softmax itself. What do you hand it, logits or probabilities?",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(torch.softmax(head(features), dim=1), labels).backward()
        optimizer.step()
    return head


@misconception(
    "fit_head",
    "returns the weights instead of the layer",
    hint="What type does your function return? The caller wants a layer that it can call.",
)
def fit_head(features, labels, classes, steps, seed):
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head.weight, head.bias


# 5. Frozen batch norm


@misconception(
    "train_mode",
    "calls train() and no more",
    hint="Print bn1.running_mean before and after a batch. Does freezing keep a buffer from moving?",
)
def train_mode(model):
    model.train()


@misconception(
    "train_mode",
    "calls eval() on everything",
    hint="Is dropout still at work? Only frozen batch norms belong into evaluation mode.",
)
def train_mode(model):
    model.eval()


@misconception(
    "train_mode",
    "puts every batch norm into evaluation mode",
    hint="Unfreeze layer2 and look at its running_mean: should the statistics of a trained layer rest?",
)
def train_mode(model):
    model.train()
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.eval()


@misconception(
    "train_mode",
    "looks for nn.BatchNorm2d only",
    hint="Try it on a network for tables. Which kinds of batch norm are there?",
)
def train_mode(model):
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train(module.weight.requires_grad)


@misconception(
    "train_mode",
    "looks among the direct children only",
    hint="The batch norms of layer1 are inside its blocks. What does children() not show?",
)
def train_mode(model):
    model.train()
    for module in model.children():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.train(module.weight.requires_grad)


@misconception(
    "train_mode",
    "forgets to leave evaluation mode",
    hint="Call model.eval() first, then yours. Who puts dropout and the other batch norms back to work?",
)
def train_mode(model):
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)) and not module.weight.requires_grad:
            module.eval()


@misconception(
    "train_mode",
    "freezes every batch norm, too",
    hint="Print trainable(model) before and after. A change of mode should change none of it.",
)
def train_mode(model):
    model.train()
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.eval()
            module.requires_grad_(False)


@misconception(
    "train_mode",
    "puts all frozen layers into evaluation mode",
    hint="In a model that is frozen all through, dropout should still work. Which layers have statistics?",
)
def train_mode(model):
    model.train()
    for module in model.modules():
        if not any(parameter.requires_grad for parameter in module.parameters()):
            module.eval()


# 6. Two learning rates


@misconception(
    "fine_tuning_optimizer",
    "gives everything the body's rate",
    hint="Print the lr of each of the optimizer's param_groups. Which one do the head's parameters get?",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.SGD(chosen, lr=body_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "gives everything the head's rate",
    hint="Print the lr of each of the optimizer's param_groups. Which one do the body's parameters get?",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.SGD(chosen, lr=head_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "swaps the two rates",
    hint="Which part knows nothing yet and needs the larger rate? Print the groups and their sizes.",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    head = {id(parameter) for parameter in model.fc.parameters()}
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in chosen if id(parameter) not in head], "lr": head_rate},
        {"params": [parameter for parameter in chosen if id(parameter) in head], "lr": body_rate},
    ]
    return torch.optim.SGD(groups, lr=head_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "goes by the beginning of the name",
    hint='"fc_in.0.weight" begins with fc, too. How do you tell the head itself from a namesake?',
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    chosen = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for name, parameter in chosen if not name.startswith("fc")], "lr": body_rate},
        {"params": [parameter for name, parameter in chosen if name.startswith("fc")], "lr": head_rate},
    ]
    return torch.optim.SGD(groups, lr=head_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "looks for fc anywhere in the name",
    hint='"fc_in.0.weight" and "layer2.0.fc.weight" have an fc in them, too. How do you tell the head from a namesake?',
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    chosen = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for name, parameter in chosen if "fc" not in name], "lr": body_rate},
        {"params": [parameter for name, parameter in chosen if "fc" in name], "lr": head_rate},
    ]
    return torch.optim.SGD(groups, lr=head_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "takes every part that is called fc for the head",
    hint='"layer2.0.fc.weight" has "fc." in it, too. Which fc is the head: any one, or model.fc itself?',
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    chosen = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for name, parameter in chosen if "fc." not in name], "lr": body_rate},
        {"params": [parameter for name, parameter in chosen if "fc." in name], "lr": head_rate},
    ]
    return torch.optim.SGD(groups, lr=head_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "has no answer where the whole head is frozen",
    hint="Freeze the whole head. What does torch.optim.SGD say to an empty list of parameters?",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    head = {id(parameter) for parameter in model.fc.parameters()}
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD([value for value in chosen if id(value) in head], lr=head_rate, momentum=0.9)
    optimizer.add_param_group({"params": [value for value in chosen if id(value) not in head], "lr": body_rate})
    return optimizer


@misconception(
    "fine_tuning_optimizer",
    "takes the frozen ones in, too",
    hint="Freeze a part and count the parameters in the groups. Which of them should not be there?",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    head = {id(parameter) for parameter in model.fc.parameters()}
    groups = [
        {"params": [parameter for parameter in model.parameters() if id(parameter) not in head], "lr": body_rate},
        {"params": list(model.fc.parameters()), "lr": head_rate},
    ]
    return torch.optim.SGD(groups, lr=head_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "leaves the momentum out",
    hint="The first step is right and the second is not. What does SGD remember of the step before?",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    head = {id(parameter) for parameter in model.fc.parameters()}
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in chosen if id(parameter) not in head], "lr": body_rate},
        {"params": [parameter for parameter in chosen if id(parameter) in head], "lr": head_rate},
    ]
    return torch.optim.SGD(groups, lr=head_rate)


@misconception(
    "fine_tuning_optimizer",
    "leaves the body out",
    hint="Count the parameters in the groups. Fine-tuning moves the body as well, a little.",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    return torch.optim.SGD(model.fc.parameters(), lr=head_rate, momentum=0.9)


@misconception(
    "fine_tuning_optimizer",
    "uses Adam",
    hint="The text asks for torch.optim.SGD with momentum 0.9. How large is a first step of Adam?",
)
def fine_tuning_optimizer(model, body_rate, head_rate):
    head = {id(parameter) for parameter in model.fc.parameters()}
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in chosen if id(parameter) not in head], "lr": body_rate},
        {"params": [parameter for parameter in chosen if id(parameter) in head], "lr": head_rate},
    ]
    return torch.optim.Adam(groups)


# 7. Fine-tune


@misconception(
    "fine_tune",
    "lets the batch norms' statistics move",
    hint="Compare bn1.running_mean before and after. Which mode does your loop run in?",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    model.train()
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "trains the batch norms' weights, too",
    hint="Compare bn1.weight before and after. Which parameters does step 1 of the recipe freeze?",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    train_mode(model)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.eval()
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "leaves frozen what was frozen",
    hint="Hand in a model whose layer1 is frozen. Who unfreezes it?",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    train_mode(model)
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "makes a new optimizer for every step",
    hint="What does momentum remember, and where is it kept? Look at where your optimizer is made.",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    train_mode(model)
    losses = []
    for _ in range(steps):
        optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "lets the gradients pile up",
    hint="backward() adds to the gradients that are there already. What has to be forgotten before it?",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    train_mode(model)
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "trains the head alone",
    hint="Compare conv1.weight before and after. Fine-tuning moves the body as well.",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(False)
    model.fc.requires_grad_(True)
    train_mode(model)
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "notes the loss after the update",
    hint="What is the loss of the model as it came? Compare it with the first number of your list.",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    train_mode(model)
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(nn.functional.cross_entropy(model(images), labels).item())
    return losses


@misconception(
    "fine_tune",
    "returns tensors",
    hint="A tensor keeps its whole graph alive. Which method of a tensor gives a Python number?",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    train_mode(model)
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


@misconception(
    "fine_tune",
    "puts the whole model into evaluation mode",
    hint="After your function, do two passes differ where there is dropout? Which mode does step 2 ask for?",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    model.eval()
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "takes one rate for everything",
    hint="By how much do body and head move in the first step? Only one of your two rates is used.",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    train_mode(model)
    optimizer = fine_tuning_optimizer(model, head_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception(
    "fine_tune",
    "sums the loss over the images",
    hint="How many times too large is your first loss? cross_entropy has a reduction of its own: leave it as it is.",
)
def fine_tune(model, images, labels, body_rate, head_rate, steps):
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.requires_grad_(False)
    train_mode(model)
    optimizer = fine_tuning_optimizer(model, body_rate, head_rate)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(images), labels, reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# 8. Save and load


@misconception(
    "save_and_load",
    "saves the whole module",
    hint="What does torch.load(path, weights_only=True) say to your file? Save names and tensors only.",
)
def save_weights(model, path):
    torch.save(model, path)


@misconception(
    "save_and_load",
    "saves the parameters and forgets the buffers",
    hint="Compare the names in your file with model.state_dict(). Where are the running statistics?",
)
def save_weights(model, path):
    torch.save({name: value.detach() for name, value in model.named_parameters()}, path)


@misconception(
    "save_and_load",
    "saves a list without names",
    hint="load_state_dict asks for names. What type does your file hold?",
)
def save_weights(model, path):
    torch.save(list(model.state_dict().values()), path)


@misconception(
    "save_and_load",
    "wraps the state dict in another dict",
    hint="Load your file and print its keys: are they the names of parameters?",
)
def save_weights(model, path):
    torch.save({"state_dict": model.state_dict()}, path)


@misconception(
    "save_and_load",
    "writes nothing",
    hint="Look for the file after your function has run. Which call writes it?",
)
def save_weights(model, path):
    model.state_dict()


@misconception(
    "save_and_load",
    "runs what the file says",
    hint="Which argument of torch.load lets it refuse everything but tensors and plain containers?",
)
def load_weights(path):
    return dict(torch.load(path, map_location="cpu", weights_only=False))


@misconception(
    "save_and_load",
    "swallows the refusal",
    hint="What does a caller get for a file that was refused? An error that nobody sees helps nobody.",
)
def load_weights(path):
    try:
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception:
        return {}


@misconception(
    "save_and_load",
    "returns the names without their tensors",
    hint="Print the type of what you return. Where are the values?",
)
def load_weights(path):
    return list(torch.load(path, map_location="cpu", weights_only=True))


# 9. Load what fits


@misconception(
    "load_matching",
    "trusts strict=False",
    hint="strict=False forgives names. What does it do when a shape differs?",
)
def load_matching(model, state):
    own = model.state_dict()
    missing, unexpected = model.load_state_dict(state, strict=False)
    return {
        "loaded": sorted(own.keys() & state.keys()),
        "missing": sorted(missing),
        "unexpected": sorted(unexpected),
        "mismatched": [],
    }


@misconception(
    "load_matching",
    "compares numbers of elements",
    hint="A (3, 5) and a (5, 3) have as many elements. What has to agree?",
)
def load_matching(model, state):
    own = model.state_dict()
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].numel() == state[name].numel()]
    model.load_state_dict({name: state[name].reshape(own[name].shape) for name in loaded}, strict=False)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(own.keys() - state.keys()),
        "unexpected": sorted(state.keys() - own.keys()),
        "mismatched": sorted(common - set(loaded)),
    }


@misconception(
    "load_matching",
    "reports and loads nothing",
    hint="Compare the model's weights before and after. Which call writes them?",
)
def load_matching(model, state):
    own = model.state_dict()
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].shape == state[name].shape]
    return {
        "loaded": sorted(loaded),
        "missing": sorted(own.keys() - state.keys()),
        "unexpected": sorted(state.keys() - own.keys()),
        "mismatched": sorted(common - set(loaded)),
    }


@misconception(
    "load_matching",
    "swaps missing and unexpected",
    hint="Missing is what the model wants and the state lacks. Which difference of names is that?",
)
def load_matching(model, state):
    own = model.state_dict()
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].shape == state[name].shape]
    model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(state.keys() - own.keys()),
        "unexpected": sorted(own.keys() - state.keys()),
        "mismatched": sorted(common - set(loaded)),
    }


@misconception(
    "load_matching",
    "counts mismatched ones as missing, too",
    hint="A name that is in both is not missing. What does load_state_dict report of the entries that you left out?",
)
def load_matching(model, state):
    own = model.state_dict()
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].shape == state[name].shape]
    missing, _ = model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(missing),
        "unexpected": sorted(state.keys() - own.keys()),
        "mismatched": sorted(common - set(loaded)),
    }


@misconception(
    "load_matching",
    "looks at parameters only",
    hint="Running statistics stand in the state dict, too. Where do you take the model's names from?",
)
def load_matching(model, state):
    own = {name: value.detach() for name, value in model.named_parameters()}
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].shape == state[name].shape]
    model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(own.keys() - state.keys()),
        "unexpected": sorted(state.keys() - own.keys()),
        "mismatched": sorted(common - set(loaded)),
    }


@misconception(
    "load_matching",
    "takes what comes in what order it comes",
    hint="The four lists should be sorted alphabetically. In which order does a dict keep its names?",
)
def load_matching(model, state):
    own = model.state_dict()
    loaded = [name for name in own if name in state and own[name].shape == state[name].shape]
    model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    return {
        "loaded": loaded,
        "missing": [name for name in own if name not in state],
        "unexpected": [name for name in state if name not in own],
        "mismatched": [name for name in own if name in state and name not in loaded],
    }


@misconception(
    "load_matching",
    "writes into the state dict's tensors' place with copy_",
    hint="copy_ broadcasts: a shape of (1,) fills a whole bias. What should happen to it?",
)
def load_matching(model, state):
    own = model.state_dict()
    report = {"loaded": [], "missing": sorted(own.keys() - state.keys()), "unexpected": [], "mismatched": []}
    for name in sorted(state):
        if name not in own:
            report["unexpected"].append(name)
            continue
        try:
            own[name].copy_(state[name])
            report["loaded"].append(name)
        except RuntimeError:
            report["mismatched"].append(name)
    return report


@misconception(
    "load_matching",
    "puts the state dict's own tensors into the model",
    hint="Train the model afterwards and look at state: has it changed, too? What does assign=True share?",
)
def load_matching(model, state):
    own = model.state_dict()
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].shape == state[name].shape]
    model.load_state_dict({name: state[name] for name in loaded}, strict=False, assign=True)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(own.keys() - state.keys()),
        "unexpected": sorted(state.keys() - own.keys()),
        "mismatched": sorted(common - set(loaded)),
    }


@misconception(
    "load_matching",
    "counts another dtype as a mismatch",
    hint="Half the world's weights are saved in float16. What does the text say about a dtype that differs?",
)
def load_matching(model, state):
    own = model.state_dict()
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].shape == state[name].shape and own[name].dtype == state[name].dtype]
    model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(own.keys() - state.keys()),
        "unexpected": sorted(state.keys() - own.keys()),
        "mismatched": sorted(common - set(loaded)),
    }


# 10. Unfreeze gradually


@misconception(
    "unfreeze_gradually",
    "counts from the input",
    hint="With count=1, which stage should learn first: the pixels' or the head?",
)
def unfreeze_last(model, stages, count):
    model.requires_grad_(False)
    for stage in stages[:count]:
        model.get_submodule(stage).requires_grad_(True)


@misconception(
    "unfreeze_gradually",
    "takes the slice [-count:], also for 0",
    hint="Try count=0. What is stages[-0:]?",
)
def unfreeze_last(model, stages, count):
    model.requires_grad_(False)
    for stage in stages[-count:]:
        model.get_submodule(stage).requires_grad_(True)


@misconception(
    "unfreeze_gradually",
    "freezes nothing",
    hint="Call it with 5 and then with 1. Who freezes what is not among the last stages?",
)
def unfreeze_last(model, stages, count):
    for stage in stages[len(stages) - count :]:
        model.get_submodule(stage).requires_grad_(True)


@misconception(
    "unfreeze_gradually",
    "freezes only what is in a stage",
    hint="All other parameters of the model are frozen, in a stage or not. What of those that no stage names?",
)
def unfreeze_last(model, stages, count):
    for place, stage in enumerate(stages):
        model.get_submodule(stage).requires_grad_(place >= len(stages) - count)


@misconception(
    "unfreeze_gradually",
    "unfreezes one stage at a time",
    hint="With count=2, two stages learn. Does the head stop when layer2 joins?",
)
def unfreeze_last(model, stages, count):
    model.requires_grad_(False)
    if count:
        model.get_submodule(stages[-count]).requires_grad_(True)


@misconception(
    "unfreeze_gradually",
    "cannot find stages with dots",
    hint='getattr knows one name. Which method of a module finds "layer1.0"?',
)
def unfreeze_last(model, stages, count):
    model.requires_grad_(False)
    for stage in stages[len(stages) - count :]:
        getattr(model, stage).requires_grad_(True)


@misconception(
    "unfreeze_gradually",
    "makes the optimizer once, for the head",
    hint="Which parameters did your optimizer get, and when? It never hears of layers that thaw later.",
)
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.eval()
    unfreeze_last(model, stages, 1)
    optimizer = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=rate)
    for count in range(1, len(stages) + 1):
        unfreeze_last(model, stages, count)
        for _ in range(steps):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()


@misconception(
    "unfreeze_gradually",
    "thaws everything at once",
    hint="In phase 1 only the head learns. Compare the other stages before and after it.",
)
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.eval()
    unfreeze_last(model, stages, len(stages))
    optimizer = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=rate)
    for _ in range(len(stages) * steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()


@misconception(
    "unfreeze_gradually",
    "runs in training mode",
    hint="Compare the running statistics before and after. Which mode does the text ask for?",
)
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.train()
    for count in range(1, len(stages) + 1):
        unfreeze_last(model, stages, count)
        optimizer = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=rate)
        for _ in range(steps):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()


@misconception(
    "unfreeze_gradually",
    "leaves the last phase out",
    hint="How many phases are there for three stages? Has the first stage ever learnt?",
)
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.eval()
    for count in range(1, len(stages)):
        unfreeze_last(model, stages, count)
        optimizer = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=rate)
        for _ in range(steps):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()


@misconception(
    "unfreeze_gradually",
    "lets the gradients pile up",
    hint="backward() adds to the gradients that are there already. What has to be forgotten before it?",
)
def unfreeze_gradually(model, stages, images, labels, rate, steps):
    model.eval()
    for count in range(1, len(stages) + 1):
        unfreeze_last(model, stages, count)
        optimizer = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=rate)
        for _ in range(steps):
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
