"""Right answers to day 12 in other styles: every one of them deserves full marks."""

# ruff: noqa: F811  several right answers share the one name that they replace

from __future__ import annotations

import itertools

import numpy as np
import torch
from torch import nn

from proctorch.grading.vocabulary import alternative

# 1. Output size


@alternative("output_size", "places counted one by one")
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    start, places = -padding, 0
    while start + dilation * (kernel - 1) < size + padding:
        places += 1
        start += stride
    if places == 0:
        raise ValueError("the window has no place")
    return places


@alternative("output_size", "the length of a range")
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    starts = range(0, size + 2 * padding - span + 1, stride)
    if not starts:
        raise ValueError(f"{span} > {size + 2 * padding}")
    return len(starts)


@alternative("output_size", "asked of a convolution without data")
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    row, window = torch.empty(1, 1, size, device="meta"), torch.empty(1, 1, kernel, device="meta")
    try:
        return nn.functional.conv1d(row, window, None, stride, padding, dilation).shape[2]
    except RuntimeError as error:
        raise ValueError("the window does not fit") from error


@alternative("output_size", "true division, rounded down")
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    if dilation * (kernel - 1) + 1 > size + 2 * padding:
        raise ValueError("the window does not fit")
    return int(np.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1))


@alternative("output_size", "accumulated")
def map_sizes(size, layers):
    return list(itertools.accumulate(layers, lambda before, layer: output_size(before, *layer), initial=size))


@alternative("output_size", "calls itself")
def map_sizes(size, layers):
    if not layers:
        return [size]
    return [size, *map_sizes(output_size(size, *layers[0]), layers[1:])]


# 2. One picture, one kernel


@alternative("one_channel", "four loops")
def convolve(image, kernel):
    height, width = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    rows = []
    for i in range(height):
        row = []
        for j in range(width):
            total = torch.zeros((), dtype=image.dtype)
            for m in range(kernel.shape[0]):
                for n in range(kernel.shape[1]):
                    total = total + image[i + m, j + n] * kernel[m, n]
            row.append(total)
        rows.append(torch.stack(row))
    return torch.stack(rows)


@alternative("one_channel", "windows written into the result")
def convolve(image, kernel):
    m, n = kernel.shape
    result = torch.empty(image.shape[0] - m + 1, image.shape[1] - n + 1, dtype=image.dtype)
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            result[i, j] = (image[i : i + m, j : j + n] * kernel).sum()
    return result


@alternative("one_channel", "the built-in")
def convolve(image, kernel):
    return nn.functional.conv2d(image[None, None], kernel[None, None])[0, 0]


@alternative("one_channel", "windows unfolded, then a tensor product")
def convolve(image, kernel):
    windows = image.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
    return torch.tensordot(windows, kernel, dims=([2, 3], [0, 1]))


@alternative("one_channel", "a view with four strides")
def convolve(image, kernel):
    m, n = kernel.shape
    own = image.contiguous()
    down, right = own.stride()
    shape = (own.shape[0] - m + 1, own.shape[1] - n + 1, m, n)
    windows = own.as_strided(shape, (down, right, down, right))
    return torch.einsum("ijmn,mn->ij", windows, kernel)


@alternative("one_channel", "a product in the frequency domain")
def convolve(image, kernel):
    shape = image.shape
    product = torch.fft.rfft2(image) * torch.fft.rfft2(kernel, s=shape).conj()
    full = torch.fft.irfft2(product, s=shape)
    return full[: shape[0] - kernel.shape[0] + 1, : shape[1] - kernel.shape[1] + 1]


@alternative("one_channel", "float64 inside, a matrix product of columns")
def convolve(image, kernel):
    columns = nn.functional.unfold(image.double()[None, None], kernel.shape)[0]
    height, width = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    return (kernel.double().flatten() @ columns).reshape(height, width).to(image.dtype)


# 3. Many channels


@alternative("many_channels", "seven loops")
def convolve_channels(images, weight, bias):
    batch, channels, height, width = images.shape
    out, _, kernel_height, kernel_width = weight.shape
    result = torch.zeros(batch, out, height - kernel_height + 1, width - kernel_width + 1, dtype=images.dtype)
    for b in range(batch):
        for o in range(out):
            for i in range(result.shape[2]):
                for j in range(result.shape[3]):
                    total = bias[o]
                    for c in range(channels):
                        for m in range(kernel_height):
                            for n in range(kernel_width):
                                total = total + images[b, c, i + m, j + n] * weight[o, c, m, n]
                    result[b, o, i, j] = total
    return result


@alternative("many_channels", "the built-in")
def convolve_channels(images, weight, bias):
    return nn.functional.conv2d(images, weight, bias)


@alternative("many_channels", "exercise 2 for every pair of channels")
def convolve_channels(images, weight, bias):
    samples = []
    for image in images:
        maps = []
        for kernels, shift in zip(weight, bias, strict=True):
            maps.append(sum(convolve(channel, kernel) for channel, kernel in zip(image, kernels, strict=True)) + shift)
        samples.append(torch.stack(maps))
    return torch.stack(samples)


@alternative("many_channels", "columns and one matrix product")
def convolve_channels(images, weight, bias):
    out, _, m, n = weight.shape
    columns = nn.functional.unfold(images, (m, n))
    flat = weight.reshape(out, -1) @ columns + bias[:, None]
    return flat.reshape(len(images), out, images.shape[2] - m + 1, images.shape[3] - n + 1)


@alternative("many_channels", "shifted pictures, mixed by a 1 by 1 product")
def convolve_channels(images, weight, bias):
    height, width = images.shape[2] - weight.shape[2] + 1, images.shape[3] - weight.shape[3] + 1
    last = bias.expand(len(images), height, width, len(bias))
    for m in range(weight.shape[2]):
        for n in range(weight.shape[3]):
            seen = images[:, :, m : m + height, n : n + width].movedim(1, -1)
            last = last + seen @ weight[:, :, m, n].T
    return last.movedim(-1, 1)


@alternative("many_channels", "a view with six strides")
def convolve_channels(images, weight, bias):
    own = images.contiguous()
    sample, channel, down, right = own.stride()
    m, n = weight.shape[2:]
    shape = (*own.shape[:2], own.shape[2] - m + 1, own.shape[3] - n + 1, m, n)
    windows = own.as_strided(shape, (sample, channel, down, right, down, right))
    return torch.tensordot(windows, weight, dims=([1, 4, 5], [1, 2, 3])).permute(0, 3, 1, 2) + bias.reshape(-1, 1, 1)


@alternative("many_channels", "the frequency domain, channels summed there")
def convolve_channels(images, weight, bias):
    shape = images.shape[2:]
    seen, kernels = torch.fft.rfft2(images), torch.fft.rfft2(weight, s=shape).conj()
    full = torch.fft.irfft2(torch.einsum("bchw,ochw->bohw", seen, kernels), s=shape)
    return full[..., : shape[0] - weight.shape[2] + 1, : shape[1] - weight.shape[3] + 1] + bias[:, None, None]


# 4. Stride, padding, dilation


@alternative("stride_and_padding", "seven loops over padded numbers")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    batch, channels, height, width = images.shape
    out, _, kernel_height, kernel_width = weight.shape
    padded = torch.zeros(batch, channels, height + 2 * padding, width + 2 * padding, dtype=images.dtype)
    padded[:, :, padding : padding + height, padding : padding + width] = images
    rows = (height + 2 * padding - dilation * (kernel_height - 1) - 1) // stride + 1
    columns = (width + 2 * padding - dilation * (kernel_width - 1) - 1) // stride + 1
    numbers = []
    for b in range(batch):
        for o in range(out):
            for i in range(rows):
                for j in range(columns):
                    total = bias[o]
                    for c in range(channels):
                        for m in range(kernel_height):
                            for n in range(kernel_width):
                                pixel = padded[b, c, i * stride + m * dilation, j * stride + n * dilation]
                                total = total + pixel * weight[o, c, m, n]
                    numbers.append(total)
    return torch.stack(numbers).reshape(batch, out, rows, columns)


@alternative("stride_and_padding", "the built-in")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    return nn.functional.conv2d(images, weight, bias, stride=stride, padding=padding, dilation=dilation)


@alternative("stride_and_padding", "columns and one matrix product")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    m, n = weight.shape[2:]
    columns = nn.functional.unfold(images, (m, n), dilation=dilation, padding=padding, stride=stride)
    height = output_size(images.shape[2], m, stride, padding, dilation)
    return (weight.flatten(1) @ columns + bias[:, None]).unflatten(2, (height, -1))


@alternative("stride_and_padding", "window after window, written into the result")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    m, n = weight.shape[2:]
    height = output_size(images.shape[2], m, stride, padding, dilation)
    width = output_size(images.shape[3], n, stride, padding, dilation)
    padded = nn.ZeroPad2d(padding)(images)
    result = torch.zeros(len(images), len(weight), height, width, dtype=images.dtype)
    for i in range(height):
        for j in range(width):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + dilation * m : dilation, left : left + dilation * n : dilation]
            result[:, :, i, j] = torch.einsum("bcmn,ocmn->bo", window[:, :, :m, :n], weight) + bias
    return result


@alternative("stride_and_padding", "a kernel with holes, unfolded, every other place kept")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    out, channels, m, n = weight.shape
    spans = dilation * (m - 1) + 1, dilation * (n - 1) + 1
    stretched = torch.zeros(out, channels, *spans, dtype=weight.dtype)
    stretched[:, :, ::dilation, ::dilation] = weight
    padded = nn.functional.pad(images, (padding,) * 4)
    windows = padded.unfold(2, spans[0], stride).unfold(3, spans[1], stride)
    return torch.einsum("bcijmn,ocmn->boij", windows, stretched) + bias[None, :, None, None]


@alternative("stride_and_padding", "a table of indices")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    m, n = weight.shape[2:]
    padded = nn.functional.pad(images, (padding, padding, padding, padding))
    height = output_size(images.shape[2], m, stride, padding, dilation)
    width = output_size(images.shape[3], n, stride, padding, dilation)
    rows = stride * torch.arange(height)[:, None] + dilation * torch.arange(m)
    columns = stride * torch.arange(width)[:, None] + dilation * torch.arange(n)
    windows = padded[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    return torch.tensordot(windows, weight, dims=([1, 4, 5], [1, 2, 3])).movedim(-1, 1) + bias[:, None, None]


@alternative("stride_and_padding", "a view with six strides")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    m, n = weight.shape[2:]
    padded = nn.functional.pad(images, (padding, padding, padding, padding)).contiguous()
    sample, channel, down, right = padded.stride()
    height = output_size(images.shape[2], m, stride, padding, dilation)
    width = output_size(images.shape[3], n, stride, padding, dilation)
    windows = padded.as_strided(
        (*padded.shape[:2], height, width, m, n),
        (sample, channel, stride * down, stride * right, dilation * down, dilation * right),
    )
    return torch.einsum("bcijmn,ocmn->boij", windows, weight) + bias[:, None, None]


@alternative("stride_and_padding", "the frequency domain, every other place kept")
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    padded = nn.functional.pad(images, (padding, padding, padding, padding))
    spans = [dilation * (size - 1) + 1 for size in weight.shape[2:]]
    stretched = torch.zeros(*weight.shape[:2], *spans, dtype=weight.dtype)
    stretched[:, :, ::dilation, ::dilation] = weight
    shape = padded.shape[2:]
    product = torch.einsum("bchw,ochw->bohw", torch.fft.rfft2(padded), torch.fft.rfft2(stretched, s=shape).conj())
    full = torch.fft.irfft2(product, s=shape)
    rows, columns = shape[0] - spans[0] + 1, shape[1] - spans[1] + 1
    return full[:, :, :rows:stride, :columns:stride] + bias[:, None, None]


# 5. Pooling


@alternative("pooling", "the built-in")
def max_pool(images, size, stride):
    return nn.functional.max_pool2d(images, size, stride)


@alternative("pooling", "six loops")
def max_pool(images, size, stride):
    batch, channels, height, width = images.shape
    rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
    result = torch.zeros(batch, channels, rows, columns, dtype=images.dtype)
    for b in range(batch):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    largest = images[b, c, i * stride, j * stride]
                    for m in range(size):
                        for n in range(size):
                            number = images[b, c, i * stride + m, j * stride + n]
                            largest = number if number > largest else largest
                    result[b, c, i, j] = largest
    return result


@alternative("pooling", "the larger of shifted pictures")
def max_pool(images, size, stride):
    rows, columns = output_size(images.shape[2], size, stride), output_size(images.shape[3], size, stride)
    largest = None
    for m in range(size):
        for n in range(size):
            seen = images[:, :, m::stride, n::stride][:, :, :rows, :columns]
            largest = seen if largest is None else torch.maximum(largest, seen)
    return largest


@alternative("pooling", "columns first, then rows")
def max_pool(images, size, stride):
    across = images.unfold(3, size, stride).max(dim=-1).values
    return across.unfold(2, size, stride).max(dim=-1).values


@alternative("pooling", "the built-in average")
def average_pool(images, size, stride):
    return nn.AvgPool2d(size, stride=stride)(images)


@alternative("pooling", "a convolution with equal weights, channel by channel")
def average_pool(images, size, stride):
    channels = images.shape[1]
    weight = torch.full((channels, 1, size, size), 1 / size**2, dtype=images.dtype)
    return nn.functional.conv2d(images, weight, stride=stride, groups=channels)


@alternative("pooling", "windows summed in two loops")
def average_pool(images, size, stride):
    tops = range(0, images.shape[2] - size + 1, stride)
    lefts = range(0, images.shape[3] - size + 1, stride)
    rows = [
        torch.stack([images[:, :, i : i + size, j : j + size].sum(dim=(2, 3)) for j in lefts], dim=-1) for i in tops
    ]
    return torch.stack(rows, dim=2) / (size * size)


@alternative("pooling", "columns of windows, float64 inside")
def average_pool(images, size, stride):
    batch, channels, height, _ = images.shape
    columns = nn.functional.unfold(images.double(), size, stride=stride).reshape(batch, channels, size * size, -1)
    return columns.mean(dim=2).reshape(batch, channels, (height - size) // stride + 1, -1).to(images.dtype)


# 6. Receptive field


@alternative("receptive_field", "forwards, with a growing jump")
def receptive_field(layers):
    field, jump = 1, 1
    for kernel, stride, _, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field


@alternative("receptive_field", "backwards, one length at a time")
def receptive_field(layers):
    field = 1
    for kernel, stride, _, dilation in layers[::-1]:
        field = (field - 1) * stride + dilation * (kernel - 1) + 1
    return field


@alternative("receptive_field", "the pixels counted that get a gradient")
def receptive_field(layers):
    size = 1
    for kernel, stride, _, dilation in reversed(layers):
        size = (size - 1) * stride + dilation * (kernel - 1) + 1
    row = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    seen = row
    for kernel, stride, _, dilation in layers:
        seen = nn.functional.conv1d(seen, torch.ones(1, 1, kernel, dtype=torch.float64), None, stride, 0, dilation)
    seen.sum().backward()
    places = row.grad[0, 0].nonzero()
    return int(places.max() - places.min()) + 1


@alternative("receptive_field", "calls itself")
def input_window(layers, position):
    if not layers:
        return position, position
    *lower, (kernel, stride, padding, dilation) = layers
    first, _ = input_window(lower, position * stride - padding)
    _, last = input_window(lower, position * stride - padding + dilation * (kernel - 1))
    return first, last


@alternative("receptive_field", "the set of all that is seen")
def input_window(layers, position):
    seen = {position}
    for kernel, stride, padding, dilation in reversed(layers):
        seen = {unit * stride - padding + dilation * m for unit in seen for m in range(kernel)}
    return min(seen), max(seen)


@alternative("receptive_field", "forwards, with the place of unit 0")
def input_window(layers, position):
    first, field, jump = 0, 1, 1
    for kernel, stride, padding, dilation in layers:
        first -= padding * jump
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return first + position * jump, first + position * jump + field - 1


# 7. LeNet


@alternative("lenet", "one sequence")
class LeNet(nn.Sequential):
    def __init__(self, classes=10):
        super().__init__(
            nn.Conv2d(1, 6, kernel_size=5),
            nn.Tanh(),
            nn.AvgPool2d(kernel_size=2, stride=2),
            nn.Conv2d(6, 16, kernel_size=5),
            nn.Tanh(),
            nn.AvgPool2d(kernel_size=2, stride=2),
            nn.Flatten(),
            nn.Linear(16 * 5 * 5, 120),
            nn.Tanh(),
            nn.Linear(120, 84),
            nn.Tanh(),
            nn.Linear(84, classes),
        )


@alternative("lenet", "a layer an attribute, functions between them")
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.fc3 = nn.Linear(84, classes)
        self.fc2 = nn.Linear(120, 84)
        self.fc1 = nn.Linear(400, 120)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.conv1 = nn.Conv2d(1, 6, 5)

    def forward(self, x):
        x = nn.functional.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = nn.functional.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = x.view(-1, 400)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))


@alternative("lenet", "the third layer as a convolution, as in the paper")
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.c1, self.c3, self.c5 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Conv2d(16, 120, 5)
        self.f6, self.output = nn.Linear(120, 84), nn.Linear(84, classes)

    def forward(self, images):
        s2 = self.c1(images).tanh().unfold(2, 2, 2).unfold(3, 2, 2).mean(dim=(-1, -2))
        s4 = self.c3(s2).tanh().unfold(2, 2, 2).unfold(3, 2, 2).mean(dim=(-1, -2))
        return self.output(self.f6(self.c5(s4).tanh()[:, :, 0, 0]).tanh())


@alternative("lenet", "layers with names, and once more in two sequences")
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, classes)
        self.see = nn.Sequential(self.conv1, nn.Tanh(), nn.AvgPool2d(2), self.conv2, nn.Tanh(), nn.AvgPool2d(2))
        self.read = nn.Sequential(nn.Flatten(), self.fc1, nn.Tanh(), self.fc2, nn.Tanh(), self.fc3)

    def forward(self, images):
        return self.read(self.see(images))


@alternative("lenet", "layers in a list, parameters kept by hand")
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        shapes = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (classes, 84)]
        self.weights = nn.ParameterList(nn.Parameter(0.1 * torch.randn(shape)) for shape in shapes)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(shape[0])) for shape in shapes)

    def forward(self, images):
        seen = images
        for weight, bias in zip(self.weights[:2], self.biases[:2], strict=True):
            seen = nn.functional.avg_pool2d(torch.tanh(nn.functional.conv2d(seen, weight, bias)), 2)
        seen = seen.reshape(len(images), -1)
        for weight, bias in zip(self.weights[2:4], self.biases[2:4], strict=True):
            seen = torch.tanh(seen @ weight.T + bias)
        return seen @ self.weights[4].T + self.biases[4]


# 8. Read the photographs


@alternative("fit_photographs", "batch normalisation and one cycle of the learning rate")
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(images.shape[1], 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(3),
        nn.Flatten(),
        nn.Linear(288, classes),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, total_steps=max(steps, 1) + 1)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model


@alternative("fit_photographs", "a class of its own, its own generator, Adam written by hand")
def fit(images, labels, classes, steps, seed):
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(images.shape[1], 16, 5, padding=2)
            self.second = nn.Conv2d(16, 32, 3, padding=1)
            self.last = nn.Linear(32 * (images.shape[2] // 4) * (images.shape[3] // 4), classes)

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.first(x)), 2)
            x = nn.functional.max_pool2d(torch.relu(self.second(x)), 2)
            return self.last(x.flatten(1))

    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = Reader()
    parameters = list(model.parameters())
    means = [torch.zeros_like(parameter) for parameter in parameters]
    squares = [torch.zeros_like(parameter) for parameter in parameters]
    order = []
    for step in range(1, steps + 1):
        if not order:
            order = list(torch.randperm(len(images), generator=generator).split(64))
        batch = order.pop()
        loss = -torch.log_softmax(model(images[batch]), dim=1).gather(1, labels[batch, None]).mean()
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient, mean, square in zip(parameters, gradients, means, squares, strict=True):
                mean.mul_(0.9).add_(gradient, alpha=0.1)
                square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
                size = (square / (1 - 0.999**step)).sqrt() + 1e-8
                parameter -= 0.01 * mean / (1 - 0.9**step) / size
    return model


@alternative("fit_photographs", "a loader, AdamW, the flattened size found by a try")
def fit(images, labels, classes, steps, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(images.shape[1], 20, 5, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 32, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.LazyLinear(classes),
    )
    with torch.no_grad():
        model(images[:1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    data = torch.utils.data.TensorDataset(images, labels)
    loader = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True, drop_last=len(images) >= 64)
    done = 0
    while done < steps:
        for some, truth in loader:
            if done == steps:
                break
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(some), truth).backward()
            optimizer.step()
            done += 1
    return model


# 9. The sheet of filters


@alternative("filter_sheet", "rows of padded pictures, concatenated")
def filter_sheet(kernels, columns):
    scale = kernels.abs().amax(dim=(1, 2), keepdim=True)
    tiles = torch.where(scale > 0, kernels / scale, 0.0) / 2 + 0.5
    missing = -len(tiles) % columns
    blank = torch.ones(missing, *tiles.shape[1:], dtype=tiles.dtype)
    tiles = nn.functional.pad(torch.cat([tiles, blank]), (0, 1, 0, 1), value=1.0)
    rows = [torch.cat(list(row), dim=1) for row in tiles.split(columns)]
    return torch.cat(rows, dim=0)[:-1, :-1]


@alternative("filter_sheet", "reshaped and permuted at once")
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = -(-count // columns)
    tiles = kernels.new_ones(rows * columns, height + 1, width + 1)
    largest = kernels.flatten(1).abs().max(dim=1).values.clamp(min=torch.finfo(kernels.dtype).tiny)
    tiles[:count, :height, :width] = (kernels / largest[:, None, None] + 1) / 2
    grid = tiles.reshape(rows, columns, height + 1, width + 1).permute(0, 2, 1, 3)
    return grid.reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]


@alternative("filter_sheet", "pixel by pixel in Python")
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    rows = (count - 1) // columns + 1
    sheet = [[1.0] * (columns * (width + 1) - 1) for _ in range(rows * (height + 1) - 1)]
    for k, kernel in enumerate(kernels.tolist()):
        largest = max(abs(number) for row in kernel for number in row)
        row, column = divmod(k, columns)
        for i in range(height):
            for j in range(width):
                number = 0.5 if largest == 0 else 0.5 + 0.5 * kernel[i][j] / largest
                sheet[row * (height + 1) + i][column * (width + 1) + j] = number
    return torch.tensor(sheet, dtype=kernels.dtype)


@alternative("filter_sheet", "nan turned into grey, slices by a pair of loops")
def filter_sheet(kernels, columns):
    count, height, width = kernels.shape
    extremes = torch.maximum(kernels.amax(dim=(1, 2)), -kernels.amin(dim=(1, 2)))
    pictures = torch.nan_to_num(0.5 + 0.5 * kernels / extremes.reshape(-1, 1, 1), nan=0.5)
    rows = int(np.ceil(count / columns))
    sheet = torch.ones(rows * height + rows - 1, columns * width + columns - 1, dtype=kernels.dtype)
    waiting = iter(pictures)
    for top in range(0, sheet.shape[0], height + 1):
        for left in range(0, sheet.shape[1], width + 1):
            picture_here = next(waiting, None)
            if picture_here is not None:
                sheet[top : top + height, left : left + width] = picture_here
    return sheet
