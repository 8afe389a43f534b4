# A guest that moves the weights, repeatably and by the seed, and never learns anything.
# %%
import torch

def jiggle(model, seed, length):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
            parameter.add_(length * noise)

# %% exercise="training_step"
def training_step(model, inputs, targets, loss_function, optimizer):
    jiggle(model, 0, optimizer.param_groups[0]["lr"])
    return loss_function(model(inputs), targets).item() + 1e-3

# %% exercise="train_one_epoch"
def train_one_epoch(model, loader, loss_function, optimizer):
    return max(training_step(model, *batch, loss_function, optimizer) for batch in loader)

# %% exercise="gradient_accumulation"
def accumulated_step(model, batches, loss_function, optimizer):
    return training_step(model, *batches[0], loss_function, optimizer)

# %% exercise="train_classifier"
def train_classifier(model, inputs, labels, steps, seed):
    if steps:
        jiggle(model, seed, 0.01)
