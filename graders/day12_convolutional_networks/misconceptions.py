"""What students get wrong on day 12, each mistake with the hint that its author deserves."""

# ruff: noqa: F811  several wrong answers share the one name that they replace

from __future__ import annotations

import math

import torch
from torch import nn

from proctorch.grading.vocabulary import misconception

# 1. Output size


@misconception(
    "output_size",
    "forgets the first place",
    hint="How many places has a window as large as the row? Count the fence posts, not the gaps between them.",
)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    travel = size + 2 * padding - dilation * (kernel - 1) - 1
    if travel < 0:
        raise ValueError("no place")
    return travel // stride


@misconception(
    "output_size",
    "pads one end only",
    hint="Draw a row of 7 with padding 1. How long is it now?",
)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    travel = size + padding - dilation * (kernel - 1) - 1
    if travel < 0:
        raise ValueError("no place")
    return travel // stride + 1


@misconception(
    "output_size",
    "makes the last jump over the edge",
    hint="Row of 7, window of 2, stride 2: does the window of your last place still lie inside of the row?",
)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    travel = size + 2 * padding - dilation * (kernel - 1) - 1
    if travel < 0:
        raise ValueError("no place")
    return math.ceil(travel / stride) + 1


@misconception(
    "output_size",
    "multiplies the kernel by the dilation",
    hint="Dilation stretches the gaps between the pixels of the window. How many gaps has a window of 3?",
)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    travel = size + 2 * padding - dilation * kernel
    if travel < 0:
        raise ValueError("no place")
    return travel // stride + 1


@misconception(
    "output_size",
    "does not stretch the window",
    hint="Your result is the same for every dilation. How many pixels does a window of 3 span with dilation 2?",
)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    travel = size + 2 * padding - kernel
    if travel < 0:
        raise ValueError("no place")
    return travel // stride + 1


@misconception(
    "output_size",
    "lets a window in that does not fit",
    hint="What does your formula say for a window of 5 in a row of 4? Is that a number of places?",
)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


@misconception(
    "output_size",
    "adds the one before dividing",
    hint="Try stride 2 on a row of 8 with a window of 3. Is the first place counted before or after the division?",
)
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    places = size + 2 * padding - dilation * (kernel - 1)
    if places <= 0:
        raise ValueError("no place")
    return places // stride


@misconception(
    "output_size",
    "starts every layer at the input",
    hint="Whose output does the second layer look at? Print the size that each of your layers is given.",
)
def map_sizes(size, layers):
    return [size] + [output_size(size, *layer) for layer in layers]


@misconception(
    "output_size",
    "leaves the input out",
    hint="How long is your list for a network without layers, and how long should it be?",
)
def map_sizes(size, layers):
    sizes = []
    for layer in layers:
        size = output_size(size, *layer)
        sizes.append(size)
    return sizes


@misconception(
    "output_size",
    "keeps the last size only",
    hint="The text asks for the sizes all the way through. What do you return?",
)
def map_sizes(size, layers):
    for layer in layers:
        size = output_size(size, *layer)
    return [size]


# 2. One picture, one kernel


@misconception(
    "one_channel",
    "turns the kernel",
    hint="Your bar begins with -2 and ends with 2. Is that what this kernel says, or what its mirror image says?",
)
def convolve(image, kernel):
    return nn.functional.conv2d(image[None, None], kernel.flip(0, 1)[None, None])[0, 0]


@misconception(
    "one_channel",
    "transposes the kernel",
    hint="Which axis of the kernel walks down, which one to the right? Try a kernel of 2 by 3.",
)
def convolve(image, kernel):
    return nn.functional.conv2d(image[None, None], kernel.T[None, None])[0, 0]


@misconception(
    "one_channel",
    "leaves out the last row and column",
    hint="A kernel as large as the picture has one place. How many has it in your loops?",
)
def convolve(image, kernel):
    height, width = image.shape[0] - kernel.shape[0], image.shape[1] - kernel.shape[1]
    result = torch.zeros(height, width, dtype=image.dtype)
    for m in range(kernel.shape[0]):
        for n in range(kernel.shape[1]):
            result = result + kernel[m, n] * image[m : m + height, n : n + width]
    return result


@misconception(
    "one_channel",
    "pads the picture",
    hint="Your result is larger than it should be. Which places lie wholly inside of the picture?",
)
def convolve(image, kernel):
    padding = (kernel.shape[0] // 2, kernel.shape[1] // 2)
    return nn.functional.conv2d(image[None, None], kernel[None, None], padding=padding)[0, 0]


@misconception(
    "one_channel",
    "averages instead of adding up",
    hint="Your numbers are all too small by the same factor. What happens to the products under the window?",
)
def convolve(image, kernel):
    windows = image.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
    return (windows * kernel).mean(dim=(-2, -1))


@misconception(
    "one_channel",
    "multiplies windows and kernel as matrices",
    hint="Entry by entry, and then everything added up: is that what @ does?",
)
def convolve(image, kernel):
    windows = image.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
    return (windows @ kernel.T).sum(dim=(-2, -1))


@misconception(
    "one_channel",
    "takes a square kernel for granted",
    hint="Your kernel has one size in your code. What if its height and its width are not the same?",
)
def convolve(image, kernel):
    k = kernel.shape[0]
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    result = torch.zeros(height, width, dtype=image.dtype)
    for i in range(height):
        for j in range(width):
            result[i, j] = (image[i : i + k, j : j + k] * kernel[:k, :k]).sum()
    return result


@misconception(
    "one_channel",
    "takes the numbers out of the tensors",
    hint="The values are right. Can a gradient find its way through .item() or float()? (House rule 3.)",
)
def convolve(image, kernel):
    height, width = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    result = torch.zeros(height, width, dtype=image.dtype)
    for i in range(height):
        for j in range(width):
            result[i, j] = (image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum().item()
    return result


@misconception(
    "one_channel",
    "forgets the dtype",
    hint="Which dtype has torch.zeros when nobody tells it? Try a float64 picture. (House rule 2.)",
)
def convolve(image, kernel):
    height, width = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    result = torch.zeros(height, width)
    for i in range(height):
        for j in range(width):
            result[i, j] = (image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum()
    return result


# 3. Many channels


@misconception(
    "many_channels",
    "adds the bias once for each input channel",
    hint="Give it a weight of zeros and a bias of 1. How many ones do you get, and in which loop are they added?",
)
def convolve_channels(images, weight, bias):
    plain = nn.functional.conv2d(images, weight)
    return plain + images.shape[1] * bias[:, None, None]


@misconception(
    "many_channels",
    "forgets the bias",
    hint="Give it a weight of zeros and a bias of 1. What should come out?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images, weight)


@misconception(
    "many_channels",
    "uses the first layer of the kernel for all channels",
    hint="The kernel for a colour picture has three layers. Which of them looks at green?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images, weight[:, :1].expand_as(weight), bias)


@misconception(
    "many_channels",
    "looks at the first channel only",
    hint="Change the second channel of the images: does your result change? Over what does the formula sum?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images[:, :1], weight[:, :1], bias)


@misconception(
    "many_channels",
    "averages over the input channels",
    hint="With one input channel you are right, with two you get half. What happens to the channels' numbers?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images, weight) / images.shape[1] + bias[:, None, None]


@misconception(
    "many_channels",
    "lines the bias up with the columns",
    hint="Print the shapes of result and bias. Which axes does broadcasting line up, and which is the channel's?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images, weight) + bias


@misconception(
    "many_channels",
    "swaps the channels of the weight",
    hint="weight has the shape (out, in, height, width). Which of its axes do you sum over?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images, weight.transpose(0, 1), bias)


@misconception(
    "many_channels",
    "turns the kernels",
    hint="Compare with exercise 2: is a kernel read from its beginning or from its end?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images, weight.flip(2, 3), bias)


@misconception(
    "many_channels",
    "overwrites what the other channels said",
    hint="Look at the innermost line: does it add to the sum, or begin a new one for each input channel?",
)
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images[:, -1:], weight[:, -1:], bias)


@misconception(
    "many_channels",
    "sums over the pictures, too",
    hint="Two pictures in, two pictures out: does picture 0 of your result depend on picture 1?",
)
def convolve_channels(images, weight, bias):
    windows = images.unfold(2, weight.shape[2], 1).unfold(3, weight.shape[3], 1)
    result = torch.einsum("bcijmn,ocmn->oij", windows, weight) + bias[:, None, None]
    return result.expand(len(images), *result.shape)


@misconception(
    "many_channels",
    "collects numbers without their gradients",
    hint="The values are right. torch.tensor(numbers) begins a new life: who remembers the weight? (House rule 3.)",
)
def convolve_channels(images, weight, bias):
    return torch.tensor(nn.functional.conv2d(images, weight, bias).tolist(), dtype=images.dtype)


@misconception(
    "many_channels",
    "leaves out the last row and column",
    hint="A kernel as large as the picture has one place. How many has it in your loops?",
)
def convolve_channels(images, weight, bias):
    height, width = images.shape[2] - weight.shape[2], images.shape[3] - weight.shape[3]
    return nn.functional.conv2d(images, weight, bias)[:, :, :height, :width]


@misconception(
    "many_channels",
    "gives the result a shape that is one too small",
    hint="In a row of 5, a window of 3 has 3 places. How many do you ask view or reshape for? (Exercise 1.)",
)
def convolve_channels(images, weight, bias):
    batch, _, height, width = images.shape
    out, _, m, n = weight.shape
    columns = nn.functional.unfold(images, (m, n))
    result = weight.reshape(out, -1) @ columns
    return result.view(batch, out, height - m, width - n) + bias[:, None, None]


# 4. Stride, padding, dilation


@misconception(
    "stride_and_padding",
    "does not jump",
    hint="Print the shape of your result for stride 1 and for stride 2. Where does the stride come in?",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    return nn.functional.conv2d(images, weight, bias, 1, padding, dilation)


@misconception(
    "stride_and_padding",
    "makes the result smaller without jumping",
    hint="The shape is right. Which pixel of the padded picture does place (1, 1) begin at for stride 2?",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    right = nn.functional.conv2d(images, weight, bias, stride, padding, dilation)
    return nn.functional.conv2d(images, weight, bias, 1, padding, dilation)[:, :, : right.shape[2], : right.shape[3]]


@misconception(
    "stride_and_padding",
    "pads at the lower right only",
    hint="The shape may even be right. Are there zeros on all four sides of your padded picture?",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    padded = nn.functional.pad(images, (0, 2 * padding, 0, 2 * padding))
    return nn.functional.conv2d(padded, weight, bias, stride, 0, dilation)


@misconception(
    "stride_and_padding",
    "pads one row and one column only",
    hint="How large is a picture of 5 by 5 with padding 1? Count the zeros on all four sides.",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    padded = nn.functional.pad(images, (padding, 0, padding, 0))
    return nn.functional.conv2d(padded, weight, bias, stride, 0, dilation)


@misconception(
    "stride_and_padding",
    "pads with the border's pixels",
    hint="What stands in the rows that are added: zeros, or copies of the border? The text says which.",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    padded = nn.functional.pad(images, (padding,) * 4, mode="replicate")
    return nn.functional.conv2d(padded, weight, bias, stride, 0, dilation)


@misconception(
    "stride_and_padding",
    "pads only the width",
    hint="nn.functional.pad counts its axes from the last one. How many of them do your numbers speak of?",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    padded = nn.functional.pad(images, (padding, padding))
    return nn.functional.conv2d(padded, weight, bias, stride, 0, dilation)


@misconception(
    "stride_and_padding",
    "ignores the dilation",
    hint="Your result is the same for every dilation. How far apart are two neighbours of the window?",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    return nn.functional.conv2d(images, weight, bias, stride, padding, 1)


@misconception(
    "stride_and_padding",
    "mixes stride and dilation up",
    hint="Which of the two belongs to i and j, and which to m and n? Read the indices of the formula aloud.",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    return nn.functional.conv2d(images, weight, bias, dilation, padding, stride)


@misconception(
    "stride_and_padding",
    "pads the result instead of the picture",
    hint="Border pixels of your result are just the bias. Are the zeros added before or after the window slides?",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    plain = nn.functional.conv2d(images, weight, None, stride, 0, dilation)
    return nn.functional.pad(plain, (padding,) * 4) + bias[:, None, None]


@misconception(
    "stride_and_padding",
    "cuts the gradient off",
    hint="The values are right. Does your result still know how it was computed? (House rule 3.)",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    return nn.functional.conv2d(images.detach(), weight.detach(), bias.detach(), stride, padding, dilation)


@misconception(
    "stride_and_padding",
    "leaves out the last row and column",
    hint="A kernel as large as the padded picture has one place. Which number do you add after the division?",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    return nn.functional.conv2d(images, weight, bias, stride, padding, dilation)[:, :, :-1, :-1]


@misconception(
    "stride_and_padding",
    "pads in another dtype",
    hint="Which dtype has torch.zeros when nobody tells it? A float64 picture loses digits there. (House rule 2.)",
)
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    padded = nn.functional.pad(images, (padding,) * 4).float().to(images.dtype)
    return nn.functional.conv2d(padded, weight, bias, stride, 0, dilation)


# 5. Pooling


@misconception(
    "pooling",
    "starts the maximum at zero",
    hint="What is the largest of -5, -2, -4 and -3? Which number does your maximum begin with?",
)
def max_pool(images, size, stride):
    return nn.functional.max_pool2d(images, size, stride).clamp(min=0)


@misconception(
    "pooling",
    "lets windows lie side by side always",
    hint="Windows of 3 with stride 2 overlap. Where does your second window begin?",
)
def max_pool(images, size, stride):
    return nn.functional.max_pool2d(images, size, size)


@misconception(
    "pooling",
    "keeps the windows that stick out",
    hint="A last row that fills no whole window: is it left out? Compare your shape with exercise 1.",
)
def max_pool(images, size, stride):
    return nn.functional.max_pool2d(images, size, stride, ceil_mode=True)


@misconception(
    "pooling",
    "takes the maximum of each row only",
    hint="Over how many axes does a window reach? max(dim=-1) looks along one of them.",
)
def max_pool(images, size, stride):
    return images.unfold(2, size, stride).unfold(3, size, stride).amax(dim=-1)[..., 0]


@misconception(
    "pooling",
    "takes the largest magnitude",
    hint="Is -5 larger than -2? Look for an abs that does not belong there.",
)
def max_pool(images, size, stride):
    return nn.functional.max_pool2d(images.abs(), size, stride)


@misconception(
    "pooling",
    "pools the channels together",
    hint="Three channels in, three channels out: does channel 0 of your result depend on channel 1?",
)
def max_pool(images, size, stride):
    pooled = nn.functional.max_pool2d(images, size, stride)
    return pooled.amax(dim=1, keepdim=True).expand_as(pooled)


@misconception(
    "pooling",
    "adds up instead of averaging",
    hint="The average of four ones is 1. What does yours say?",
)
def average_pool(images, size, stride):
    return nn.functional.avg_pool2d(images, size, stride) * size**2


@misconception(
    "pooling",
    "divides by the width of the window",
    hint="How many pixels are in a window of 2 by 2, and by what do you divide?",
)
def average_pool(images, size, stride):
    return nn.functional.avg_pool2d(images, size, stride) * size


@misconception(
    "pooling",
    "averages windows that lie side by side always",
    hint="Windows of 3 with stride 2 overlap. Where does your second window begin?",
)
def average_pool(images, size, stride):
    return nn.functional.avg_pool2d(images, size)


@misconception(
    "pooling",
    "averages the positive numbers only",
    hint="Average the map of the text by hand, lower right. What happened to its negative numbers?",
)
def average_pool(images, size, stride):
    return nn.functional.avg_pool2d(images.clamp(min=0), size, stride)


@misconception(
    "pooling",
    "pools without a gradient",
    hint="The values are right. Can a gradient find its way back to the winner? (House rule 3.)",
)
def max_pool(images, size, stride):
    return nn.functional.max_pool2d(images.detach(), size, stride)


# 6. Receptive field


@misconception(
    "receptive_field",
    "adds the kernels up",
    hint="Two layers of kernel 3 see 5 positions, not 6. How many *new* ones does the second layer bring?",
)
def receptive_field(layers):
    return sum(dilation * (kernel - 1) + 1 for kernel, stride, padding, dilation in layers)


@misconception(
    "receptive_field",
    "does not let the strides multiply",
    hint="Behind a pooling with stride 2, how many pixels apart are two neighbours? And behind two of them?",
)
def receptive_field(layers):
    return 1 + sum(dilation * (kernel - 1) for kernel, stride, padding, dilation in layers)


@misconception(
    "receptive_field",
    "stretches a layer by its own stride",
    hint="How far the window of the *first* layer reaches does not depend on how far it jumps afterwards.",
)
def receptive_field(layers):
    field, jump = 1, 1
    for kernel, stride, _, dilation in layers:
        jump *= stride
        field += dilation * (kernel - 1) * jump
    return field


@misconception(
    "receptive_field",
    "knows only the stride of the layer before",
    hint="Try three layers of stride 2. How many pixels apart are two neighbours of the second map?",
)
def receptive_field(layers):
    field, before = 1, 1
    for kernel, stride, _, dilation in layers:
        field += dilation * (kernel - 1) * before
        before = stride
    return field


@misconception(
    "receptive_field",
    "forgets the dilation",
    hint="Two layers of kernel 3 and dilation 2 see 9 positions. How many does your function say?",
)
def receptive_field(layers):
    field, jump = 1, 1
    for kernel, stride, _, _ in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field


@misconception(
    "receptive_field",
    "counts the gaps, not the positions",
    hint="From 5 to 12, both included: how many positions are that?",
)
def receptive_field(layers):
    first, last = input_window(layers, 0)
    return last - first


@misconception(
    "receptive_field",
    "goes through the layers from the input",
    hint="The unit stands on the last map. Which layer do you have to undo first?",
)
def input_window(layers, position):
    first = last = position
    for kernel, stride, padding, dilation in layers:
        first, last = first * stride - padding, last * stride - padding + dilation * (kernel - 1)
    return first, last


@misconception(
    "receptive_field",
    "forgets the padding",
    hint="With padding, the window of position 0 begins before the picture. Where does yours begin?",
)
def input_window(layers, position):
    first = last = position
    for kernel, stride, _, dilation in reversed(layers):
        first, last = first * stride, last * stride + dilation * (kernel - 1)
    return first, last


@misconception(
    "receptive_field",
    "cuts the window off at the border",
    hint="The text wants the whole window, also the part that lies in the padding.",
)
def input_window(layers, position):
    first = last = position
    for kernel, stride, padding, dilation in reversed(layers):
        first, last = max(0, first * stride - padding), last * stride - padding + dilation * (kernel - 1)
    return first, last


@misconception(
    "receptive_field",
    "ends the window one too late",
    hint="A window of 3 that begins at 4 covers 4, 5 and 6. Where does yours end?",
)
def input_window(layers, position):
    first = last = position
    for kernel, stride, padding, dilation in reversed(layers):
        first, last = first * stride - padding, last * stride - padding + dilation * (kernel - 1) + 1
    return first, last


# 7. LeNet


@misconception(
    "lenet",
    "ends with a softmax",
    hint="Your outputs are between 0 and 1 and add up to one. What are logits? (Day 7.)",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
            nn.Softmax(dim=1),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "squashes the logits, too",
    hint="Load larger weights: your logits never leave -1 to 1. What stands behind the last linear layer?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
            nn.Tanh(),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "uses ReLU",
    hint="This network is older than the fashion for ReLU. Which function does the table name?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes)),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "uses max pooling",
    hint="The parameters are right, the logits are not: pooling has no parameters. Which kind does the table name?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "pools before the tanh",
    hint="tanh of a mean is not the mean of tanhs. Which one comes first in the table?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.AvgPool2d(2), nn.Tanh(), nn.Conv2d(6, 16, 5), nn.AvgPool2d(2), nn.Tanh()),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "forgets the tanh between the linear layers",
    hint="Two linear layers without anything between them are one linear layer. (Day 6.)",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, classes)),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "flattens the channels last",
    hint="The table says: channel by channel. In which order do your 400 numbers stand?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.see = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
        )
        self.read = nn.Sequential(
            *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
        )

    def forward(self, images):
        return self.read(self.see(images).permute(0, 2, 3, 1).flatten(start_dim=1))


@misconception(
    "lenet",
    "flattens the batch, too",
    hint="Three pictures in, three rows of logits out. Which axis must flatten leave alone?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.see = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
        )
        self.read = nn.Sequential(
            *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
        )

    def forward(self, images):
        return self.read(self.see(images).flatten())


@misconception(
    "lenet",
    "pads the first convolution",
    hint="A picture of 32 by 32 becomes 28 by 28. Print the shapes in forward and compare them with the table.",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh()),
            *(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(576, 120), nn.Tanh()),
            *(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "always has ten classes",
    hint="Ask for LeNet(3). How many logits does it give?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
        )

    def forward(self, images):
        return self.layers(images)


@misconception(
    "lenet",
    "keeps its layers in a plain list",
    hint="Print list(model.parameters()). In what does a module have to hold its layers, so that it knows of them?",
)
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.layers = [
            *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
        ]

    def forward(self, images):
        for layer in self.layers:
            images = layer(images)
        return images


# 8. Read the photographs


@misconception(
    "fit_photographs",
    "has no convolution",
    hint="A hidden layer has a weight for each place. Which layer uses the same weights everywhere?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(images[0].numel(), 128), nn.ReLU(), nn.Linear(128, classes))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "has nothing between its convolutions",
    hint="A convolution of a convolution is a convolution. What must stand between two linear maps?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 12, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(12, 24, 3, padding=1)),
        *(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24 * (height // 4) * (width // 4), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "never takes the optimizer's step",
    hint="Print the loss every 20 steps. backward() only finds gradients: who moves the parameters?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(8 * (height // 2) * (width // 2), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (16,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
    return model


@misconception(
    "fit_photographs",
    "lets the gradients pile up",
    hint="backward() adds to the gradients that are there already. What has to be forgotten before it?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 10, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(10 * (height // 2) * (width // 2), classes)),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "is too timid",
    hint="Print the loss every 20 steps: it hardly moves. 210 steps are not many; how far does each one go?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 14, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(14 * (height // 2) * (width // 2), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0001)
    for _ in range(steps):
        batch = torch.randint(len(images), (32,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "takes steps so large that it gets lost",
    hint="Print the loss every 20 steps: it jumps about, or stays at 2.3. How far does each step go?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 18, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(18 * (height // 2) * (width // 2), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0)
    for _ in range(steps):
        batch = torch.randint(len(images), (32,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "shows it the same few photographs in every step",
    hint="How many different photographs has your model seen after 210 steps? The loss on them is 0, and then?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16 * (height // 2) * (width // 2), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[:24]), labels[:24]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "puts a softmax before the loss",
    hint="Your model is never sure, and its loss stays above 1.4. What does the loss want to be given?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 24, 3, padding=1)),
        *(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24 * (height // 4) * (width // 4), classes)),
        nn.Softmax(dim=1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "ignores the seed",
    hint="Fit twice with the same seed and compare the weights. Where do you use the seed?",
)
def fit(images, labels, classes, steps, seed):
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 28, 3, padding=1)),
        *(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(28 * (height // 4) * (width // 4), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "sets the seed too late",
    hint="When are the first weights drawn: before or after you set the seed?",
)
def fit(images, labels, classes, steps, seed):
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1)),
        *(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * (height // 4) * (width // 4), classes)),
    )
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "always takes the same seed",
    hint="Fit with two different seeds and compare the weights. Which number do you give to manual_seed?",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(0)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 30, 3, padding=1)),
        *(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(30 * (height // 4) * (width // 4), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "takes as many steps as it likes",
    hint="Call fit with steps=0: has the model learnt something? The caller decides how many updates there are.",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    height, width = images.shape[2:]
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 26, 3, padding=1)),
        *(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(26 * (height // 4) * (width // 4), classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for batch in torch.randperm(len(images)).split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "knows only photographs of 12 by 12 pixels",
    hint="How many numbers are there to flatten? Compute it from the height and the width of the images.",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1)),
        *(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(288, classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


@misconception(
    "fit_photographs",
    "knows only photographs of 16 by 16 pixels",
    hint="How many numbers are there to flatten? Compute it from the height and the width of the images.",
)
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        *(nn.Conv2d(images.shape[1], 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1)),
        *(nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, classes)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


# 9. The sheet of filters


@misconception(
    "filter_sheet",
    "stretches each kernel from its least to its greatest weight",
    hint="Try a kernel whose weights are all positive: which grey does its smallest one get? Where is zero?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        spread = (kernel.max() - kernel.min()).clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = (kernel - kernel.min()) / spread
    return sheet


@misconception(
    "filter_sheet",
    "has one scale for all kernels",
    hint="Give it a loud and a quiet kernel: the quiet one is all grey. Whose largest magnitude do you divide by?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        sheet[top : top + height, left : left + width] = 0.5 + kernel / kernels.abs().max() / 2
    return sheet


@misconception(
    "filter_sheet",
    "divides a silent kernel by zero",
    hint="What is the largest magnitude of a kernel of zeros, and what comes out when you divide by it?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        sheet[top : top + height, left : left + width] = 0.5 + kernel / kernel.abs().max() / 2
    return sheet


@misconception(
    "filter_sheet",
    "takes the largest weight for the largest magnitude",
    hint="Try a kernel whose weights are all negative. Which of its weights is furthest from zero?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        largest = kernel.max() if kernel.max() != 0 else 1.0
        sheet[top : top + height, left : left + width] = 0.5 + kernel / largest / 2
    return sheet


@misconception(
    "filter_sheet",
    "draws magnitudes without their sign",
    hint="A weight of -2 and one of 2 look the same on your sheet. Which grey has -2 in the text, and which has zero?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = kernel.abs() / largest
    return sheet


@misconception(
    "filter_sheet",
    "draws magnitudes from the middle upwards",
    hint="Nothing on your sheet is darker than 0.5. Where are the negative weights? Only the divisor is a magnitude.",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = 0.5 + kernel.abs() / largest / 2
    return sheet


@misconception(
    "filter_sheet",
    "leaves zero at zero",
    hint="Your weights lie between -1 and 1. Which grey does the text give to -1, to 0 and to 1?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = kernel / largest
    return sheet


@misconception(
    "filter_sheet",
    "fills the sheet column by column",
    hint="In reading order, kernel 1 stands to the right of kernel 0. Where is it on your sheet?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k % rows * (height + 1), k // rows * (width + 1)
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = 0.5 + kernel / largest / 2
    return sheet


@misconception(
    "filter_sheet",
    "draws a line around the sheet",
    hint="There are lines between neighbours only. How many lines are there between three kernels?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (height + 1) + 1, columns * (width + 1) + 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1) + 1, k % columns * (width + 1) + 1
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = 0.5 + kernel / largest / 2
    return sheet


@misconception(
    "filter_sheet",
    "leaves the last row out when it is not full",
    hint="Five kernels in three columns: how many rows are needed for all of them?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = max(1, count // columns)
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels[: rows * columns]):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = 0.5 + kernel / largest / 2
    return sheet


@misconception(
    "filter_sheet",
    "draws its lines in black",
    hint="Which number do lines and blank places have in the text, and which one on your sheet?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.zeros(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = 0.5 + kernel / largest / 2
    return sheet


@misconception(
    "filter_sheet",
    "takes a square kernel for granted",
    hint="Try kernels of 3 by 2. Which of the two sizes do you use for the steps downwards?",
)
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * (width + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels):
        top, left = k // columns * (width + 1), k % columns * (width + 1)
        largest = kernel.abs().max().clamp(min=1e-12)
        sheet[top : top + height, left : left + width] = 0.5 + kernel / largest / 2
    return sheet
