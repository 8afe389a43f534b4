"""The checks of day 12 that never leave: odd sizes, unequal channels, all knobs, gradients, another alphabet."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from proctorch import (
    assert_close,
    assert_equal,
    assert_same_seed_same_weights,
    assert_score,
    assert_type,
    exercise,
    fail,
    held_out_accuracy,
    limits,
    require_weights,
    state_of,
    weight,
)
from proctorch.lab import Split, signs

LENET_SHAPES = {
    150: (6, 1, 5, 5),
    6: (6,),
    2400: (16, 6, 5, 5),
    16: (16,),
    48000: (120, 400),
    120: (120,),
    10080: (84, 120),
    84: (84,),
}

Layer = tuple[int, int, int, int]


def number(low: int, high: int, rng: torch.Generator) -> int:
    """Draw a whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def draw(*shape: int, rng: torch.Generator, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return random numbers of a shape."""
    return torch.randn(*shape, generator=rng, dtype=dtype)


def draw_layer(rng: torch.Generator) -> Layer:
    """Return a random layer: kernel, stride, padding, dilation."""
    return number(1, 4, rng), number(1, 3, rng), number(0, 2, rng), number(1, 3, rng)


def places(size: int, layer: Layer) -> int:
    """Return the number of places of a window, counted one by one."""
    kernel, stride, padding, dilation = layer
    last = dilation * (kernel - 1)
    return sum(1 for start in range(0, size + 2 * padding, stride) if start + last < size + 2 * padding)


def seen_positions(layers: list[Layer], position: int) -> set[int]:
    """Return all input positions that a unit depends on, found one by one."""
    seen = {position}
    for kernel, stride, padding, dilation in reversed(layers):
        seen = {unit * stride - padding + m * dilation for unit in seen for m in range(kernel)}
    return seen


def gradients_agree(
    found: Callable[..., torch.Tensor],
    expected: Callable[..., torch.Tensor],
    named: dict[str, torch.Tensor],
    rng: torch.Generator,
) -> None:
    """Check a function's result, that it is attached, and the gradients that flow back to each named tensor."""
    leaves = {name: value.clone().requires_grad_() for name, value in named.items()}
    twins = {name: value.clone().requires_grad_() for name, value in named.items()}
    result, truth = found(*leaves.values()), expected(*twins.values())
    assert_close(result, truth.detach(), grad=True)
    shares = torch.randn(truth.shape, generator=rng, dtype=truth.dtype)
    (result * shares).sum().backward()
    (truth * shares).sum().backward()
    for name, leaf in leaves.items():
        assert_close(leaf.grad, twins[name].grad, what=f"the gradient of the {name}")


def photographs(pixels: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Return noisy pictures of shape (samples, 1, 16, 16) with each sign of 8 by 8 pixels at a random place."""
    photos = 0.02 * torch.randn(len(pixels), 1, 16, 16, generator=rng)
    places = torch.randint(81, (len(pixels),), generator=rng)
    for place in range(81):
        chosen, (top, left) = places == place, divmod(place, 9)
        photos[chosen, 0, top : top + 8, left : left + 8] += pixels[chosen].reshape(-1, 8, 8)
    return photos


def photographed_signs(rng: torch.Generator) -> Split:
    """Return photographs of an alphabet that is made up here: nobody can know its signs, or have weights for them."""
    data = signs(rng, wobble=0.5)
    inputs = [photographs(pixels, rng) for pixels in (data.train_inputs, data.test_inputs)]
    return Split(inputs[0], data.train_labels, inputs[1], data.test_labels)


def coloured_spots(samples: int, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures of two channels, 9 by 14, with a spot in the first, the second or both: classes 0, 1 and 2."""
    labels = torch.randint(3, (samples,), generator=rng)
    images = 0.1 * torch.randn(samples, 2, 9, 14, generator=rng)
    for image, label in zip(images, labels.tolist(), strict=True):
        top, left = number(0, 5, rng), number(0, 10, rng)
        image[[label] if label < 2 else [0, 1], top : top + 4, left : left + 4] += 1
    return images, labels


def fitted(student: Any, images: torch.Tensor, labels: torch.Tensor, classes: int, steps: int, seed: int) -> nn.Module:
    """Return the student's model, trained and in evaluation mode; the check fails when it is no module."""
    model = student.fit(images, labels, classes, steps, seed)
    assert_type(model, nn.Module, what="what fit returned")
    model.eval()
    return model


def parameters_of_lenet(model: nn.Module, classes: int) -> list[torch.Tensor]:
    """Return the ten parameters in the order of the table, told apart by their sizes; the check fails without them."""
    shapes = {**LENET_SHAPES, 84 * classes: (classes, 84), classes: (classes,)}
    found = {parameter.numel(): parameter for parameter in model.parameters()}
    assert_equal(
        sorted(parameter.numel() for parameter in model.parameters()),
        sorted(shapes),
        what="the list of the parameters' sizes",
    )
    return [found[size] for size in shapes]


def loaded_lenet(model: nn.Module, classes: int, rng: torch.Generator, size: float = 1.0) -> list[torch.Tensor]:
    """Load weights that are drawn here into a student's LeNet; return ours, in the order of the table."""
    parameters_of_lenet(model, classes)
    shapes = [*LENET_SHAPES.values(), (classes, 84), (classes,)]
    drawn = [size * torch.randn(shape, generator=rng) / math.prod(shape[1:]) ** 0.5 for shape in shapes]
    # Told apart by their sizes: a layer may have any name, and may even have two.
    known = {value.numel(): value for value in drawn}
    state = state_of(model)
    ours = {name: known[old.numel()].reshape_as(old).to(old) for name, old in state.items() if old.numel() in known}
    model.load_state_dict({**state, **ours})
    require_weights(model, ours)
    return drawn


def lenet_logits(parameters: list[torch.Tensor], images: torch.Tensor) -> torch.Tensor:
    """Return what LeNet-5 gives with ten parameters in the order of the table."""
    first, second, *linear = [parameters[place : place + 2] for place in range(0, 10, 2)]
    seen = images
    for kernels, bias in (first, second):
        seen = nn.functional.conv2d(seen, kernels.reshape(len(bias), -1, 5, 5), bias).tanh()
        seen = nn.functional.avg_pool2d(seen, 2)
    seen = seen.flatten(1)
    for kernels, bias in linear[:2]:
        seen = nn.functional.linear(seen, kernels.reshape(len(bias), -1), bias).tanh()
    return nn.functional.linear(seen, *linear[2])


def sheet_of(kernels: torch.Tensor, columns: int) -> torch.Tensor:
    """Return the sheet of kernels, computed pixel by pixel."""
    count, height, width = kernels.shape
    rows = -(-count // columns)
    sheet = torch.ones(rows * height + rows - 1, columns * width + columns - 1, dtype=kernels.dtype)
    for k, kernel in enumerate(kernels.tolist()):
        largest = max(abs(value) for row in kernel for value in row) or 1.0
        top, left = (k // columns) * (height + 1), (k % columns) * (width + 1)
        for i in range(height):
            for j in range(width):
                sheet[top + i, left + j] = (kernel[i][j] / largest + 1) / 2
    return sheet


@exercise("output_size")
class TestOutputSize:
    def test_many_settings(self, student, rng):
        """output_size is right for thirty settings of kernel, stride, padding and dilation, even and odd."""
        settings = [(number(10, 40, rng), *draw_layer(rng)) for _ in range(30)]
        found = [student.output_size(*setting) for setting in settings]
        assert_equal(found, [places(size, layer) for size, *layer in settings], what="the numbers of places")

    def test_fits_exactly(self, student, rng):
        """A window that spans exactly the padded row has one place, whatever the stride."""
        kernels = [number(2, 6, rng) for _ in range(4)]
        settings = [(k, k, 3, 0, 1) for k in kernels] + [(2 * k - 1, k, 2, 0, 2) for k in kernels]
        settings += [(k, k + 4, 1, 2, 1) for k in kernels]
        found = [student.output_size(*setting) for setting in settings]
        assert_equal(found, [1] * 12, what="the numbers of places")

    def test_no_place_at_all(self, student, rng):
        """ValueError for a window one too large, and not for one that fits, for any stride, padding and dilation."""
        kernel = number(3, 6, rng)
        for setting in (
            (kernel - 1, kernel, 3, 0, 1),
            (kernel - 3, kernel, 2, 1, 1),
            (2 * kernel - 2, kernel, 1, 0, 2),
        ):
            size, *knobs = setting
            assert_equal(student.output_size(size + 1, *knobs), 1, what="the places of a window that just fits")
            with student.raises(ValueError):
                student.output_size(*setting)

    def test_networks(self, student, rng):
        """map_sizes is right for networks of two to five random layers."""
        networks = [[draw_layer(rng) for _ in range(number(2, 5, rng))] for _ in range(6)]
        # Five layers of at most 10 positions each, with strides up to 3: 3,000 positions let every layer fit.
        sizes = [number(3000, 4000, rng) for _ in networks]
        expected = []
        for size, layers in zip(sizes, networks, strict=True):
            expected.append([size])
            for layer in layers:
                expected[-1].append(places(expected[-1][-1], layer))
        found = [student.map_sizes(size, layers) for size, layers in zip(sizes, networks, strict=True)]
        assert_equal(found, expected, what="the sizes of the maps")


@exercise("one_channel")
class TestOneChannel:
    def test_other_shapes(self, student, rng):
        """convolve is right for square and flat pictures, kernels of one pixel and kernels as large as the picture."""
        shapes = [(6, 6, 3, 3), (1, 7, 1, 4), (5, 2, 3, 2), (4, 5, 1, 1), (3, 4, 3, 4)]
        for height, width, m, n in shapes:
            image, kernel = draw(height, width, rng=rng), draw(m, n, rng=rng)
            expected = nn.functional.conv2d(image[None, None], kernel[None, None])[0, 0]
            assert_close(student.convolve(image, kernel), expected, dtype=torch.float64)

    def test_gradients(self, student, rng):
        """Gradients flow back through convolve to the picture and to the kernel, and are right."""
        named = {"picture": draw(4, 5, rng=rng), "kernel": draw(3, 2, rng=rng)}
        gradients_agree(
            student.convolve,
            lambda image, kernel: nn.functional.conv2d(image[None, None], kernel[None, None])[0, 0],
            named,
            rng,
        )


@exercise("many_channels")
class TestManyChannels:
    def test_equal_sizes(self, student, rng):
        """convolve_channels is right where batch, channels and kernel sizes are equal: no axis is taken for another."""
        images, kernels, bias = draw(3, 3, 5, 5, rng=rng), draw(3, 3, 3, 3, rng=rng), draw(3, rng=rng)
        expected = nn.functional.conv2d(images, kernels, bias)
        assert_close(student.convolve_channels(images, kernels, bias), expected, dtype=torch.float64)

    def test_other_shapes(self, student, rng):
        """It is right for a single picture, single channels, flat kernels, and kernels as large as the picture."""
        for batch, channels, out, height, width, m, n in (
            (1, 4, 2, 3, 7, 1, 3),
            (2, 1, 3, 4, 3, 4, 3),
            (2, 3, 1, 5, 4, 2, 1),
        ):
            images, kernels = draw(batch, channels, height, width, rng=rng), draw(out, channels, m, n, rng=rng)
            bias = 3 * draw(out, rng=rng)
            expected = nn.functional.conv2d(images, kernels, bias)
            assert_close(student.convolve_channels(images, kernels, bias), expected, dtype=torch.float64)

    def test_gradients(self, student, rng):
        """Gradients flow back to the images, the weight and the bias, and are right."""
        named = {"images": draw(2, 2, 3, 4, rng=rng), "weight": draw(2, 2, 2, 3, rng=rng), "bias": draw(2, rng=rng)}
        gradients_agree(student.convolve_channels, nn.functional.conv2d, named, rng)


@exercise("stride_and_padding")
@limits(seconds=15, memory=512)
class TestStrideAndPadding:
    @weight(2)
    def test_all_knobs(self, student, rng):
        """conv2d is right for six settings of stride, padding and dilation together, with odd sizes that differ."""
        settings = [(1, 2, 2), (2, 1, 1), (3, 2, 2), (2, 3, 1), (number(1, 3, rng), number(0, 2, rng), 3), (3, 0, 1)]
        for stride, padding, dilation in settings:
            batch, channels, out = number(1, 2, rng), number(2, 3, rng), number(1, 3, rng)
            m, n = number(1, 3, rng), number(1, 2, rng)
            images = draw(batch, channels, number(7, 9, rng), number(5, 8, rng), rng=rng)
            kernels, bias = draw(out, channels, m, n, rng=rng), draw(out, rng=rng)
            expected = nn.functional.conv2d(images, kernels, bias, stride, padding, dilation)
            found = student.conv2d(images, kernels, bias, stride, padding, dilation)
            # A few products of size one, in any order: far more digits than float32 has.
            assert_close(found, expected, rtol=1e-10, atol=1e-10, dtype=torch.float64)

    def test_large_picture(self, student, rng):
        """A picture of 120 by 110 pixels is convolved within 512 MiB, and the result is right."""
        image, kernel = draw(1, 1, 120, 110, rng=rng, dtype=torch.float32), draw(1, 1, 2, 2, rng=rng)
        bias = draw(1, rng=rng)
        expected = nn.functional.conv2d(image.double(), kernel, bias).float()
        assert_close(student.conv2d(image, kernel.float(), bias.float(), 1, 0, 1), expected)

    def test_gradients(self, student, rng):
        """Gradients flow back to the images, the weight and the bias, with stride 2, padding 1 and dilation 2."""
        named = {"images": draw(1, 2, 5, 6, rng=rng), "weight": draw(2, 2, 2, 3, rng=rng), "bias": draw(2, rng=rng)}
        gradients_agree(
            lambda images, kernels, bias: student.conv2d(images, kernels, bias, 2, 1, 2),
            lambda images, kernels, bias: nn.functional.conv2d(images, kernels, bias, 2, 1, 2),
            named,
            rng,
        )


@exercise("pooling")
class TestPooling:
    def test_negative_maps(self, student, rng):
        """Both are right for maps in which every number is negative, and float64 stays float64."""
        images = -1 - torch.rand(2, 2, 6, 5, generator=rng, dtype=torch.float64)
        largest, mean = student.max_pool(images, 2, 2), student.average_pool(images, 2, 2)
        assert_close(largest, nn.functional.max_pool2d(images, 2, 2), dtype=torch.float64, what="max_pool")
        assert_close(mean, nn.functional.avg_pool2d(images, 2, 2), dtype=torch.float64, what="average_pool")

    def test_other_windows(self, student, rng):
        """Both are right for overlapping windows, gaps between windows, windows of one pixel, and of the whole map."""
        for size, stride, height, width in ((3, 1, 5, 6), (2, 3, 9, 7), (1, 2, 4, 5), (4, 4, 4, 4), (3, 2, 3, 8)):
            images = draw(2, 3, height, width, rng=rng)
            largest, mean = student.max_pool(images, size, stride), student.average_pool(images, size, stride)
            assert_close(largest, nn.functional.max_pool2d(images, size, stride), what="max_pool")
            assert_close(mean, nn.functional.avg_pool2d(images, size, stride), what="average_pool")

    def test_gradients(self, student, rng):
        """The gradient of a maximum goes to the winner, and that of an average to all pixels alike."""
        for name, truth in (("max_pool", nn.functional.max_pool2d), ("average_pool", nn.functional.avg_pool2d)):
            gradients_agree(
                lambda images, name=name: getattr(student, name)(images, 3, 2),
                lambda images, truth=truth: truth(images, 3, 2),
                {"images": draw(1, 2, 5, 6, rng=rng)},
                rng,
            )


@exercise("receptive_field")
class TestReceptiveField:
    def test_windows(self, student, rng):
        """input_window is right for eight random networks, at positions near the border and far from it."""
        networks = [[draw_layer(rng) for _ in range(number(1, 5, rng))] for _ in range(8)]
        networks[0].append((3, 2, 1, 1))  # so that the window of unit 0 begins before the picture
        positions = [0, 1, *(number(2, 20, rng) for _ in networks[2:])]
        found = [student.input_window(layers, p) for layers, p in zip(networks, positions, strict=True)]
        seen = [seen_positions(layers, p) for layers, p in zip(networks, positions, strict=True)]
        assert_equal(found, [(min(one), max(one)) for one in seen], what="the first and the last position")

    def test_fields(self, student, rng):
        """receptive_field is right for eight random networks of one to five layers."""
        networks = [[draw_layer(rng) for _ in range(number(1, 5, rng))] for _ in range(8)]
        found = [student.receptive_field(layers) for layers in networks]
        seen = [seen_positions(layers, 7) for layers in networks]
        assert_equal(found, [max(one) - min(one) + 1 for one in seen], what="the receptive fields")

    def test_no_layers(self, student, rng):
        """Without layers a unit sees itself: one position."""
        position = number(1, 9, rng)
        found = [student.input_window([], position), student.receptive_field([])]
        assert_equal(found, [(position, position), 1], what="the window and the receptive field")


@exercise("lenet")
class TestLeNet:
    def test_other_classes(self, student, rng):
        """LeNet works for other numbers of classes, and for a batch of one picture."""
        for classes in (3, number(20, 40, rng)):
            model = student.LeNet(classes)
            ours = loaded_lenet(model, classes, rng)
            image = draw(1, 1, 32, 32, rng=rng, dtype=torch.float32)
            # Hundreds of products of size one are added up in each of five layers.
            assert_close(model(image), lenet_logits(ours, image), atol=1e-4, what="the logits")

    def test_loaded_parameters(self, student, rng):
        """The logits follow the parameters when others are loaded, small and large ones, and have no limit."""
        model = student.LeNet(10)
        for size in (0.5, 2.0):
            ours = loaded_lenet(model, 10, rng, size)
            images = draw(2, 1, 32, 32, rng=rng, dtype=torch.float32)
            assert_close(model(images), lenet_logits(ours, images), atol=2e-4, what="the logits")

    def test_gradients(self, student, rng):
        """Gradients flow from the logits to all ten parameters, and are right."""
        model = student.LeNet(10)
        twins = [value.requires_grad_() for value in loaded_lenet(model, 10, rng, 0.5)]
        parameters = parameters_of_lenet(model, 10)
        images, shares = draw(2, 1, 32, 32, rng=rng).float(), draw(2, 10, rng=rng).float()
        (model(images) * shares).sum().backward()
        (lenet_logits(twins, images) * shares).sum().backward()
        for parameter, twin in zip(parameters, twins, strict=True):
            # Up to 1,568 places are added up, in any order.
            atol = 1e-4 * float(twin.grad.abs().max())
            assert_close(parameter.grad.flatten(), twin.grad.flatten(), atol=atol, what="the gradient of a parameter")


@exercise("fit_photographs")
@limits(seconds=20, memory=1024)
class TestFitPhotographs:
    @weight(2)
    def test_another_alphabet(self, student, rng):
        """After 210 steps on another alphabet, with another seed, at least 0.88 of new photographs are read right."""
        data = photographed_signs(rng)
        model = fitted(student, data.train_inputs, data.train_labels, 10, 210, number(0, 999, rng))
        score = held_out_accuracy(model, data, rng, classes=10)
        assert_score(score, floor=0.80, target=0.88, what="the accuracy on new photographs")

    def test_seed(self, student, rng):
        """The same seed gives the same model, whatever was drawn before, and another seed gives another model."""
        images, labels = coloured_spots(80, rng)
        seeds = iter([number(1, 999, rng) for _ in range(3)])

        def train(seed: int) -> nn.Module:
            student.reseed(next(seeds))
            return fitted(student, images, labels, 3, 4, seed)

        assert_same_seed_same_weights(train, number(1, 999, rng), what="the model")

    def test_budget(self, student, rng):
        """With 0 steps the parameters do not depend on images and labels; with 1 step they do."""
        data = [coloured_spots(70, rng) for _ in range(2)]
        seed = number(1, 999, rng)
        for steps in (0, 1):
            runs = [fitted(student, images, labels, 3, steps, seed) for images, labels in data]
            first, second = (dict(run.named_parameters()) for run in runs)
            assert_equal(sorted(second), sorted(first), what="the names of the parameters")
            same = all(torch.equal(first[name].detach(), second[name].detach()) for name in first)
            if steps == 0 and not same:
                fail("after 0 steps the parameters depend on the data", safe="0 steps, and the data left a trace")
            if steps == 1 and same:
                fail("after 1 step the parameters do not depend on the data", safe="1 step, and no trace of the data")

    def test_other_data(self, student, rng):
        """fit works for 50 pictures of two channels, 9 by 14 pixels, with three classes of coloured spots."""
        images, labels = coloured_spots(50, rng)
        new_images, new_labels = coloured_spots(200, rng)
        model = fitted(student, images, labels, 3, 100, number(0, 999, rng))
        score = held_out_accuracy(model, Split(images, labels, new_images, new_labels), rng, classes=3)
        assert_score(score, floor=0.50, target=0.90, what="the accuracy on new spots")


@exercise("filter_sheet")
class TestFilterSheet:
    def test_other_sheets(self, student, rng):
        """filter_sheet is right for flat kernels, for rows that are full and not full, and keeps float64."""
        for count, height, width, columns in ((5, 3, 2, 3), (6, 2, 4, 3), (4, 3, 3, 1), (7, 1, 2, 4)):
            kernels = draw(count, height, width, rng=rng) * torch.logspace(-2, 2, count)[:, None, None]
            assert_close(student.filter_sheet(kernels, columns), sheet_of(kernels, columns), dtype=torch.float64)

    def test_few_kernels(self, student, rng):
        """With fewer kernels than columns the sheet is as wide as all columns, and the rest is 1."""
        kernels = draw(2, 3, 2, rng=rng)
        assert_close(student.filter_sheet(kernels, 5), sheet_of(kernels, 5))

    def test_own_scale(self, student, rng):
        """Each kernel has its own scale, zero in the middle: also one all positive, one all negative, one all zero."""
        kernels = torch.stack(
            [torch.rand(2, 3, generator=rng) + 1, -torch.rand(2, 3, generator=rng) - 1, torch.zeros(2, 3)]
        )
        kernels = kernels * torch.tensor([100.0, 0.01, 1.0])[:, None, None]
        assert_close(student.filter_sheet(kernels, 2), sheet_of(kernels, 2))
