# %% [markdown]
# # Day 16: Transfer learning
#
# Remember the machine in the post office? It read digits, after it had seen 1,348 of them. Today's customer has a
# collection of old ledgers, and somebody to label **ten** pictures of each digit. Not a thousand. Ten.
#
# Ten are not enough to learn what a stroke is, what a loop is, where strokes end. But why should they be? There is a
# network that knows all this already. It was trained on *other* digits, 0 to 4, with plenty of pictures. The ledgers
# need the digits 5 to 9, of which it has never seen a single one:
#
# ```text
#             learnt long ago, from many pictures                  to be learnt today, from few
#      0        1        2        3        4                 5        6        7        8        9
#    ░▓█▓░    ░░▓█░    ░▓█▓░    ▓██▓░    ░░▓▓░             ▓███▓    ░░▓▓░    ████▓    ░▓█▓░    ░▓█▓░
#    ▓▓░▓▓    ░▓██░    ▓░░▓▓    ░░░▓▓    ░▓█░░             ▓▓░░░    ░▓▓░░    ░░░▓▓    ▓▓░▓▓    ▓▓░▓▓
#    ▓▓░▓▓    ░░▓█░    ░░▓▓░    ░▓█▓░    ▓▓░▓▓             ▓██▓░    ▓██▓░    ░▓██▓    ░▓█▓░    ░▓██▓
#    ▓▓░▓▓    ░░▓█░    ░▓▓░░    ░░░▓▓    ▓████             ░░░▓▓    ▓▓░▓▓    ░░▓▓░    ▓▓░▓▓    ░░░▓▓
#    ░▓█▓░    ░▓██▓    ▓████    ▓██▓░    ░░░▓▓             ███▓░    ░▓█▓░    ░▓▓░░    ░▓█▓░    ░▓█▓░
# ```
#
# A network like this one has two parts. The **body** (or *backbone*) turns pixels into **features**: numbers that say
# how much there is of this stroke here and that bend there. The **head** is one linear layer that makes class scores
# of the features. The head knows the digits. The body knows *handwriting*, and that is what we are after:
#
# ```text
#                 ┌───────────────────── body ─────────────────────┐    ┌── head ──┐
#     pixels ──▶ conv1 ─▶ bn1 ─▶ layer1 ─▶ layer2 ─▶ avgpool ──▶ 128 features ──▶ fc ──▶ 5 logits
#                 └───────────── keep, change little ──────────────┘    └─ replace ┘
# ```
#
# This is **transfer learning**, and outside of courses it is the normal case: hardly anybody trains from scratch. By
# the evening you will have all of its tools: freezing, a new head, cached features, batch norm kept still, two
# learning rates, weights saved safely and loaded in part, and unfreezing step by step.
#
# There are ten exercises of about 5 to 20 minutes each.
#
# ## House rules
#
# 1. Every `model` of today is an `nn.Module` **whose head is an `nn.Linear` called `fc`**. The small network that
#    comes with the course is built like that, and so is torchvision's ResNet-18, on which all of your functions will
#    work unchanged (section 11). Apart from the head, do not count on names, sizes or the kind of layers.
# 2. Some functions change the model that they are given: their text says what of it. **Everything else stays as it
#    was**: parameters, running statistics, mode (training or evaluation), and which parameters are frozen.
# 3. Tensors that come in (images, labels, state dicts) are left as they are, too.

# %%
from pathlib import Path

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

import proctorch.lab.vision  # once, before torchvision: see section 11
from proctorch.lab import digit_pictures, load_backbone

# %% [markdown]
# The pretrained network, and ten pictures of each of its new digits. The labels count from 0: label 0 is the digit 5.

# %%
backbone = load_backbone()
pictures = digit_pictures(range(5, 10), per_class=10, seed=0)
print(backbone)
print(backbone.model)

# %% [markdown]
# ## 1. Freeze
#
# Fifty pictures and 20,021 parameters: let them all move, and they will happily learn the fifty pictures by heart. So
# the body must not move. A parameter is **frozen** when it does not require a gradient:
#
# ```python
# >>> layer = nn.Linear(2, 2)
# >>> layer.weight.requires_grad = False
# >>> layer(torch.ones(1, 2)).sum().backward()
# >>> layer.weight.grad is None, layer.bias.grad
# (True, tensor([1., 1.]))
# ```
#
# Autograd does not compute its gradient at all, so an optimizer has nothing to step with. And where *everything*
# below a layer is frozen, the backward pass stops there: that is the other reason to freeze, it is fast.
#
# It is the **parameter** that has `requires_grad`, the tensor. Python lets you set an attribute of that name on
# anything else, without a word:
#
# ```python
# >>> layer.requires_grad = False        # a new attribute of the module, which nobody ever looks at
# >>> layer.bias.requires_grad
# True
# ```
#
# **Your turn.**
#
# - `freeze(module)`: no parameter of the module, however deep inside, requires a gradient any more. Returns nothing.
# - `trainable(model)`: the names of the parameters that do require a gradient, as a list of strings, in the order of
#   `model.named_parameters()`.
#
# *Worth looking up:* `nn.Module.named_parameters`, `nn.Module.requires_grad_` (the method, with its underscore).


# %% exercise="freeze" points=2
def freeze(module: nn.Module) -> None:
    """Let no parameter of the module require a gradient."""
    ### BEGIN SOLUTION
    for parameter in module.parameters():
        parameter.requires_grad = False
    ### END SOLUTION


def trainable(model: nn.Module) -> list[str]:
    """Return the names of the parameters that require a gradient."""
    ### BEGIN SOLUTION
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    ### END SOLUTION


# %% [markdown]
# ## 2. A new head
#
# The old head answers "which of 0, 1, 2, 3, 4?". No training will make it answer "which of *three*?": it has five
# rows. It has to go. As `fc` is an attribute of the model, a new layer is simply assigned to it:
#
# ```python
# >>> model = nn.Sequential()
# >>> model.fc = nn.Linear(4, 5)
# >>> model.fc = nn.Linear(4, 3)         # the five rows are gone
# >>> model
# Sequential(
#   (fc): Linear(in_features=4, out_features=3, bias=True)
# )
# ```
#
# Where does the 4 come from? From the head that was there: `model.fc.in_features`. Never write the number down; the
# small network has 128 features and ResNet-18 has 512, and both should get their head from the same function. (And
# setting `model.fc.out_features = 3` on the *old* layer changes what it prints, and not one of its weights.)
#
# **Your turn.** `replace_head(model, classes, seed)` puts a new `nn.Linear` into the place of `model.fc`, and returns
# **the same model**. The new head
#
# - has as many inputs as the old one, `classes` outputs, and a bias;
# - has random weights, drawn after `torch.manual_seed(seed)`: the same seed gives the same head, another seed
#   another;
# - has the dtype of the old one (a model in float64 stays in float64);
# - requires gradients, even where the old head was frozen.
#
# Nothing else changes.


# %% exercise="replace_head" points=3
def replace_head(model: nn.Module, classes: int, seed: int) -> nn.Module:
    """Put a new linear layer with `classes` outputs into the place of model.fc; return the model."""
    ### BEGIN SOLUTION
    torch.manual_seed(seed)
    model.fc = nn.Linear(model.fc.in_features, classes, dtype=model.fc.weight.dtype)
    return model
    ### END SOLUTION


# %% [markdown]
# ## 3. Features, computed once
#
# A frozen body gives the same features for the same picture, today, tomorrow, and in every epoch. Then why compute
# them in every epoch? Push all pictures through the body **once**, keep what comes out, and train the head on that:
#
# ```text
#     fine print of the bill, 100 steps:      body and head, 100 times each
#     with features kept:                     body once, head 100 times       (and the head costs next to nothing)
# ```
#
# The trouble: `model(images)` gives logits, and we want what goes *into* `fc`. There are two classic ways. One is to
# put an `nn.Identity()` into the place of the head for a while, and **put the head back** afterwards. The other is a
# **hook**, a function that PyTorch calls whenever data passes a layer:
#
# ```python
# >>> layer, seen = nn.Linear(2, 1), []
# >>> handle = layer.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
# >>> logit = layer(torch.tensor([[3.0, 4.0]]))
# >>> seen
# [tensor([[3., 4.]])]
# >>> handle.remove()                    # or it will go on collecting, for ever
# ```
#
# Three things go wrong here, and all three go wrong silently. **The mode:** in training mode batch norm normalises by
# the batch at hand, so a picture's features depend on its neighbours. **The graph:** without `torch.no_grad()` every
# batch keeps its whole graph alive. **The leftovers:** whoever uses the model next expects its head, its mode and its
# statistics as they were.
#
# **Your turn.** `extract_features(model, images, batch_size)`: what goes into `model.fc` when the images pass through
# the model, one row an image, in their order.
#
# - The model runs in evaluation mode, and sees at most `batch_size` images at once, for it may live on a small GPU.
#   The last batch may be smaller; `batch_size` may be larger than the number of images.
# - The result is part of no graph.
# - Afterwards the model is as it was: `fc`, mode, statistics. (It comes either wholly in training mode or wholly in
#   evaluation mode.)
#
# *Worth looking up:* `Tensor.split`, `nn.Module.training`, `copy.deepcopy` for a third way.


# %% exercise="extract_features" points=3
def extract_features(
    model: nn.Module, images: Float[Tensor, "images ..."], batch_size: int
) -> Float[Tensor, "images features"]:
    """Return what goes into model.fc for each image, in evaluation mode, batch by batch."""
    ### BEGIN SOLUTION
    seen: list[Tensor] = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    mode = model.training
    model.eval()
    with torch.no_grad():
        for batch in images.split(batch_size):
            model(batch)
    model.train(mode)
    handle.remove()
    return torch.cat(seen)
    ### END SOLUTION


# %% [markdown]
# ## 4. Train the head
#
# Now it is day 7 again: softmax regression, only that its inputs are not 64 pixels but 128 features. Here is what to
# expect on new pictures of the digits 5 to 9, the mean over ten drawings of the ten pictures a class:
#
# ```text
#     a fresh network of the same kind, 30 steps      0.89
#     softmax regression on the 64 pixels             0.93
#     pretrained body frozen, new head                0.96
# ```
#
# The features were learnt on digits that are not even in this table.
#
# **Your turn.** `fit_head(features, labels, classes, steps, seed)` makes an `nn.Linear` from features to classes,
# trains it with cross-entropy for `steps` updates and returns it. Optimizer, learning rate and batches are your
# choice.
#
# - **Accuracy.** With 100 steps, on 10 pictures of each of the digits 5 to 9, it names at least **0.92** of the
#   others rightly, as the mean over three drawings. Points begin above 0.70.
# - **A rule that nobody knows.** The same pictures are also sorted into three piles by a rule that the checks make up
#   anew each time. From 300 of them with their piles, and 100 steps, your head finds the pile of at least **0.82** of
#   the others; points begin above 0.50. The points for the accuracy, too, are given only to a head that finds the
#   pile of more than 0.6. So it has to learn from what it is given: weights that you bring along, and digits that you
#   know by heart, are of no use.
# - **Loss.** On points of a few features whose groups overlap, the mean cross-entropy after 100 steps is at most 0.1
#   above the smallest that a linear layer can have.
# - **Budget and seed.** The first weights are random and depend on the seed alone: after 0 steps neither features nor
#   labels show. After 1 step both do. The same seed gives the same head, whatever was drawn before.
#
# You get the features and labels of the training pictures only. The checks take the weight and the bias of your head,
# and do the rest themselves. Each check has 10 seconds of computing time and 1 GiB of memory.


# %% exercise="fit_head" points=4
def fit_head(
    features: Float[Tensor, "samples features"],
    labels: Int64[Tensor, "samples"],
    classes: int,
    steps: int,
    seed: int,
) -> nn.Module:
    """Train a linear layer on features with the given number of updates, everything random from the seed; return it."""
    ### BEGIN SOLUTION
    torch.manual_seed(seed)
    head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(head(features), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return head
    ### END SOLUTION


# %% [markdown]
# ## 5. Frozen batch norm, and the trap in it
#
# Freeze a whole model, train it for an epoch, compare it with its copy: not one parameter has moved. And yet it gives
# other logits! This is the most popular bug of transfer learning. Batch norm has something else inside:
#
# ```python
# >>> norm = nn.BatchNorm1d(1).requires_grad_(False)
# >>> norm.train()(torch.tensor([[10.0], [14.0]])).shape
# torch.Size([2, 1])
# >>> norm.running_mean, norm.num_batches_tracked
# (tensor([1.2000]), tensor(1))
# ```
#
# The **running mean and variance** are not parameters but buffers. No gradient moves them: they move whenever data
# passes the layer *in training mode*. Freezing does not stop that; only evaluation mode does:
#
# ```text
#                                   normalises by          its running statistics
#     batch norm, training mode     the batch at hand      move a tenth of the way to the batch's
#     batch norm, evaluation mode   running statistics     rest
# ```
#
# With ten pictures the batch's statistics are poor ones, and the body was trained for the old. So frozen batch norm
# belongs into evaluation mode. But `model.eval()` is too much (dropout should work while we train), and
# `model.train()`, which every training loop calls, puts *everything* into training mode, your batch norms too.
#
# **Your turn.** `train_mode(model)`, to be called where others call `model.train()`. It puts the whole model into
# training mode, but for those layers of type `nn.BatchNorm1d`, `nn.BatchNorm2d` and `nn.BatchNorm3d` whose weight and
# bias are both frozen: these it puts into evaluation mode. It must come to the same whatever the mode was before. It
# freezes nothing, and unfreezes nothing. (Every batch norm of today has a weight and a bias, frozen both or neither.)
#
# *Worth looking up:* `nn.Module.modules`, `isinstance` with a tuple of types.


# %% exercise="train_mode" points=3
def train_mode(model: nn.Module) -> None:
    """Put the model into training mode, and its frozen batch norms into evaluation mode."""
    ### BEGIN SOLUTION
    model.train()
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            module.train(module.weight.requires_grad)
    ### END SOLUTION


# %% [markdown]
# ## 6. Two learning rates
#
# Feature extraction treats the body as finished. **Fine-tuning** lets it move, a little: towards the new digits, but
# not so far that it forgets handwriting. The new head, on the other hand, is random and has everything to learn. One
# learning rate cannot suit both:
#
# ```text
#                    what it knows          learning rate
#     body           nearly everything      small, say 0.01
#     head           nothing                large, say 0.1
# ```
#
# An optimizer takes not only parameters but also **groups** of them, each a dict with settings of its own:
#
# ```python
# >>> slow, fast = nn.Linear(2, 2), nn.Linear(2, 1)
# >>> optimizer = torch.optim.SGD(
# ...     [{"params": slow.parameters(), "lr": 0.01}, {"params": fast.parameters()}],
# ...     lr=0.1,                        # for the groups that do not say
# ... )
# >>> [group["lr"] for group in optimizer.param_groups]
# [0.01, 0.1]
# ```
#
# **Your turn.** `fine_tuning_optimizer(model, body_rate, head_rate)`: a `torch.optim.SGD` with momentum 0.9. The
# parameters of `model.fc` learn with `head_rate`, all others with `body_rate`. Parameters that are frozen are in no
# group. It may be that the whole head is frozen, or the whole body: then the other one is in the groups alone.
#
# Do not go by names alone: a body may well have another part whose name begins with or contains "fc", `fc_in` for
# example, or an `fc` deep inside, like `layer2.0.fc`.
#
# *Worth looking up:* how does one tell whether a parameter *is* one of the head's? For tensors, `==` and `in` compare
# values; `is` and `id` ask for the thing itself.


# %% exercise="fine_tuning_optimizer" points=3
def fine_tuning_optimizer(model: nn.Module, body_rate: float, head_rate: float) -> torch.optim.Optimizer:
    """Return SGD with momentum 0.9 over what is trainable: the head with head_rate, all else with body_rate."""
    ### BEGIN SOLUTION
    head = {id(parameter) for parameter in model.fc.parameters()}
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in chosen if id(parameter) not in head], "lr": body_rate},
        {"params": [parameter for parameter in chosen if id(parameter) in head], "lr": head_rate},
    ]
    return torch.optim.SGD([group for group in groups if group["params"]], lr=head_rate, momentum=0.9)
    ### END SOLUTION


# %% [markdown]
# ## 7. Fine-tune
#
# All together now. The recipe, which is the usual one for few pictures:
#
# ```text
#     1. Everything may move, except for the weights and biases of all batch norms: those are frozen.
#     2. Training mode, in which frozen batch norm rests (exercise 5).
#     3. SGD with momentum 0.9: a small rate for the body, a large one for the head (exercise 6).
#     4. `steps` times, with all images at once: cross-entropy, gradients from zero, backward, update.
# ```
#
# What it is good for depends on how new the new pictures are. 20 pictures of each of the digits 5 to 9 and 30 steps
# give, on other pictures:
#
# ```text
#                                                          a scanner that knows
#     body rate    head rate         as they are           only black and white
#       0            0.05               0.97                      0.89             the head alone
#       0.01         0.05               0.97                      0.92             fine-tuned
#       0.1          0.1                0.20                                       all that it knew, destroyed
# ```
#
# Where new pictures look like the old ones, the frozen body was fine already. Where they do not, a little movement
# pays. And a body that moves too fast is worse than none: 0.20 is what guessing gets, too.
#
# **Your turn.** `fine_tune(model, images, labels, body_rate, head_rate, steps)` trains the model in place by this
# recipe and returns the losses: a list of `steps` floats, each the loss *before* its update. Whatever was frozen
# before, afterwards exactly the batch norms are frozen, and the model is in the mode of step 2. The head fits the
# labels already.
#
# - **Updates.** After a few steps in float64, from weights and for images that the checks draw, every parameter and
#   every statistic is what the recipe gives.
# - **Accuracy.** From the pretrained network with a new head, 20 pictures of each of the digits 5 to 9, rates 0.01
#   and 0.05 and 30 steps: at least **0.93** of the others, as the mean over two drawings; points begin above 0.80.
#   The checks take your model's weights and try them on pictures that you never see. And from 150 pictures that were
#   sorted into three piles by a rule of the checks, as in exercise 4, it must learn to find the pile of more than
#   half of the others.
#
# Each check has 15 seconds of computing time and 1 GiB of memory.


# %% exercise="fine_tune" points=4
def fine_tune(
    model: nn.Module,
    images: Float[Tensor, "images ..."],
    labels: Int64[Tensor, "images"],
    body_rate: float,
    head_rate: float,
    steps: int,
) -> list[float]:
    """Train the whole model but its batch norms, with two learning rates; return the loss before each update."""
    ### BEGIN SOLUTION
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
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% [markdown]
# ## 8. Save and load, safely
#
# `torch.save(model, path)` looks like the obvious thing. It *pickles* the whole object: not its code, only the name
# of its class and where that lived. Rename the class, move the file, and your model is lost. Worse: to unpickle is to
# **run what the file says**, and a file from the internet may say anything.
#
# So save the **state dict**, names and tensors and nothing else, and load with `weights_only=True`, which refuses
# everything but tensors and plain containers:
#
# ```python
# >>> state = nn.Linear(2, 1).state_dict()
# >>> list(state)
# ['weight', 'bias']
# ```
#
# ```text
#     file of a state dict         loads into any class with the same names and shapes
#     file of a whole module       loads where the very same class is, and only by running code
# ```
#
# **Your turn.**
#
# - `save_weights(model, path)` writes the model's state dict, parameters and buffers, to a file with `torch.save`.
#   `path` is a `pathlib.Path`. Afterwards the model is as it was.
# - `load_weights(path)` returns the state dict that such a file holds, tensors on the CPU wherever they were when
#   they were saved. For a file that holds anything but tensors and plain containers it must raise
#   `pickle.UnpicklingError`, and must run nothing of it. (`torch.load` does both, if you ask it to.)


# %% exercise="save_and_load" points=2
def save_weights(model: nn.Module, path: Path) -> None:
    """Write the model's state dict to a file."""
    ### BEGIN SOLUTION
    torch.save(model.state_dict(), path)
    ### END SOLUTION


def load_weights(path: Path) -> dict[str, Tensor]:
    """Return the state dict in a file; raise pickle.UnpicklingError for one that holds anything but tensors."""
    ### BEGIN SOLUTION
    return dict(torch.load(path, map_location="cpu", weights_only=True))
    ### END SOLUTION


# %% [markdown]
# ## 9. Load what fits, and say what did not
#
# Somebody gives you weights. They nearly fit your model: the head has another number of classes, one layer has been
# renamed, one is new. `load_state_dict` refuses; so you ask the forum, and the forum says `strict=False`:
#
# ```python
# >>> mine = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 3))
# >>> theirs = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 5)).state_dict()
# >>> mine.load_state_dict(theirs, strict=False)
# Traceback (most recent call last):
# ...
# RuntimeError: Error(s) in loading state_dict for Sequential:
# ...
# ```
#
# `strict=False` forgives names, not shapes. And what it forgives, it forgives silently: a state dict whose names all
# begin with `module.` (it was saved from a `DataParallel`) loads without a murmur, and *nothing of it* ends up in
# your model. You then "fine-tune" random weights and wonder. Therefore: load what fits, **and look at the report**.
#
# **Your turn.** `load_matching(model, state)` loads every entry of the state dict whose name *and* shape agree with
# the model's, leaves everything else in the model as it was, and returns a dict of four lists of names, each sorted
# alphabetically:
#
# | key | names that are |
# |---|---|
# | `"loaded"` | in both, with the same shape |
# | `"missing"` | in the model's state dict, but not in `state` |
# | `"unexpected"` | in `state`, but not in the model's |
# | `"mismatched"` | in both, with different shapes |
#
# Buffers count like parameters. A shape agrees when it is equal, not when it could be broadcast. The dtype need not
# agree: values are **copied** into the model's own tensors, which keep their dtype. So the model and `state` share
# nothing afterwards, and training the model does not change `state`.


# %% exercise="load_matching" points=3
def load_matching(model: nn.Module, state: dict[str, Tensor]) -> dict[str, list[str]]:
    """Load the entries whose name and shape agree; return the names that were loaded, and those that did not match."""
    ### BEGIN SOLUTION
    own = model.state_dict()
    common = own.keys() & state.keys()
    loaded = [name for name in common if own[name].shape == state[name].shape]
    model.load_state_dict({name: state[name] for name in loaded}, strict=False)
    return {
        "loaded": sorted(loaded),
        "missing": sorted(own.keys() - state.keys()),
        "unexpected": sorted(state.keys() - own.keys()),
        "mismatched": sorted(common - set(loaded)),
    }
    ### END SOLUTION


# %% [markdown]
# ## 10. Unfreeze gradually
#
# In the first steps the head is random, and so are the gradients that it sends into the body. Two learning rates
# soften the blow. **Gradual unfreezing** avoids it: train the head alone first; when it has found its feet, let the
# last stage of the body join, then the one before it, down to the pixels:
#
# ```text
#     phase     conv1    bn1    layer1    layer2    fc
#       1         ❄       ❄        ❄         ❄      ✓
#       2         ❄       ❄        ❄         ✓      ✓
#       3         ❄       ❄        ✓         ✓      ✓
#       4         ❄       ✓        ✓         ✓      ✓       (J. Howard and S. Ruder, 2018)
#       5         ✓       ✓        ✓         ✓      ✓
# ```
#
# The early layers (strokes, edges) are the most general and the last to be touched; that is also why, if you freeze
# only a part for good, it is the early one.
#
# One trap: an optimizer keeps the list of parameters that it was *made* with. If it was made while the body was
# frozen, and of the trainable parameters only, then thawing a layer changes nothing: it gets gradients, and nobody
# uses them.
#
# **Your turn.** `stages` is a list of names of parts of the model, from the input to the head; a name may have dots,
# like `"layer1.0"`.
#
# - `unfreeze_last(model, stages, count)`: the parameters of the last `count` stages require gradients, and **all
#   other parameters of the model**, in a stage or not, do not. `count` lies between 0 and `len(stages)`.
# - `unfreeze_gradually(model, stages, images, labels, rate, steps)`: one phase for each stage. In phase k (1, 2, ...)
#   the last k stages are trainable, and the model takes `steps` updates: all images, cross-entropy, plain SGD (no
#   momentum) with the learning rate `rate` for all of them. The model is in evaluation mode in all phases, so that no
#   statistic moves, and stays in it. Returns nothing. The checks compare every parameter with the recipe's, in
#   float64.
#
# *Worth looking up:* `nn.Module.get_submodule`.


# %% exercise="unfreeze_gradually" points=3
def unfreeze_last(model: nn.Module, stages: list[str], count: int) -> None:
    """Let exactly the parameters of the last `count` stages require gradients."""
    ### BEGIN SOLUTION
    model.requires_grad_(False)
    for stage in stages[len(stages) - count :]:
        model.get_submodule(stage).requires_grad_(True)
    ### END SOLUTION


def unfreeze_gradually(
    model: nn.Module,
    stages: list[str],
    images: Float[Tensor, "images ..."],
    labels: Int64[Tensor, "images"],
    rate: float,
    steps: int,
) -> None:
    """Train the model in one phase for each stage, the head first; each phase unfreezes one stage more."""
    ### BEGIN SOLUTION
    model.eval()
    for count in range(1, len(stages) + 1):
        unfreeze_last(model, stages, count)
        optimizer = torch.optim.SGD([value for value in model.parameters() if value.requires_grad], lr=rate)
        for _ in range(steps):
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    ### END SOLUTION


# %% [markdown]
# ## 11. The real thing
#
# Nothing that you wrote knows how small the small network is. `load_backbone("resnet18")` gives torchvision's
# ResNet-18, 11.7 million parameters that have seen 1.2 million photographs, *where its weights can be had*: once they
# are downloaded (45 MB) they stay on your machine. Where they cannot, as in the grader, which has no network, the
# small one comes instead. It says which one you got:

# %%
real = load_backbone("resnet18")
print(real)

# %% [markdown]
# Both take our grey pictures of 8 by 8 pixels: `prepare` makes of them what the model was trained on. This is the
# whole of feature extraction, with your own functions, on either of them:
#
# ```python
# >>> freeze(real.model)
# >>> features = extract_features(real.model, real.prepare(pictures.train_inputs), 32)
# >>> head = fit_head(features, pictures.train_labels, classes=5, steps=100, seed=0)
# >>> tested = extract_features(real.model, real.prepare(pictures.test_inputs), 32)
# >>> found = (head(tested).argmax(dim=1) == pictures.test_labels).float().mean()
# >>> bool(found > 0.85)
# True
# ```
#
# And what was that first cell about, `import proctorch.lab.vision`? torchvision's package is built for a PyTorch with
# CUDA. Beside one without, `import torchvision` stops with *operator torchvision::nms does not exist*. The module
# declares the missing operators (only where they are missing), and from then on torchvision's models, transforms and
# data sets work, in your notebook as in the grader. It has to come first: in every notebook of this course that uses
# torchvision you will find it in the first cell, and in a notebook of your own you write it there. Try `from
# torchvision.models import resnet18` now, and `resnet18()`: a head called `fc`, stages called `layer1` to `layer4`.
# Old friends.
