"""The checks of day 12 that students run too."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from proctorch import (
    assert_close,
    assert_equal,
    assert_score,
    assert_type,
    exercise,
    fail,
    held_out_accuracy,
    limits,
    loss_on,
    require_weights,
    state_of,
    weight,
)
from proctorch.lab import Split, signs

BAR = torch.tensor([[0.0, 0.0, 1.0, 1.0, 0.0]] * 4)
MAP = torch.tensor([[1.0, 3, 2, 0], [4, 2, 1, 1], [0, 1, -5, -2], [1, 0, -4, -3]])[None, None]
LENET = [(5, 1, 0, 1), (2, 2, 0, 1), (5, 1, 0, 1), (2, 2, 0, 1)]
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


@exercise("output_size")
class TestOutputSize:
    def test_examples(self, student, rng):
        """A window of 3 has 5 places in a row of 7, 3 with stride 2, 4 with padding 1 as well, 3 with dilation 2."""
        settings = [(7, 3, 1, 0, 1), (7, 3, 2, 0, 1), (7, 3, 2, 1, 1), (7, 3, 1, 0, 2)]
        found = [student.output_size(*setting) for setting in settings]
        assert_equal(found, [5, 3, 4, 3], what="the numbers of places")

    def test_lenet(self, student, rng):
        """The maps of LeNet have the sizes 32, 28, 14, 10, 5, and without layers the size stays as it is."""
        found = [student.map_sizes(32, LENET), student.map_sizes(9, [])]
        assert_equal(found, [[32, 28, 14, 10, 5], [9]], what="the sizes of the maps")

    def test_no_place(self, student, rng):
        """A window of 5 has one place in a row of 5; in a row of 4 it is a ValueError, and for map_sizes, too."""
        found = [student.output_size(5, 5, 1, 0, 1), student.map_sizes(5, [(3, 1, 1, 1), (5, 1, 0, 1)])]
        assert_equal(found, [1, [5, 5, 1]], what="the sizes where the window just fits")
        with student.raises(ValueError):
            student.output_size(4, 5, 1, 0, 1)
        with student.raises(ValueError):
            student.map_sizes(4, [(3, 1, 1, 1), (5, 1, 0, 1)])


@exercise("one_channel")
class TestOneChannel:
    def test_example(self, student, rng):
        """The kernel of the text gives 2 where the white bar begins, -2 where it ends, and 0 elsewhere."""
        kernel = torch.tensor([[-1.0, 1.0], [-1.0, 1.0]])
        assert_close(student.convolve(BAR, kernel), torch.tensor([[0.0, 2.0, 0.0, -2.0]] * 3))

    def test_random(self, student, rng):
        """A picture of 5 by 7 under a kernel of 2 by 3 gives 4 by 5 numbers, each the sum of six products."""
        image, kernel = torch.randn(5, 7, generator=rng), torch.randn(2, 3, generator=rng)
        rows = [[(image[i : i + 2, j : j + 3] * kernel).sum() for j in range(5)] for i in range(4)]
        assert_close(student.convolve(image, kernel), torch.stack([torch.stack(row) for row in rows]))


@exercise("many_channels")
class TestManyChannels:
    def test_example(self, student, rng):
        """Two pictures of two channels and three kernels of 1 by 1: channels mixed with weights, and a bias."""
        images = torch.randn(2, 2, 3, 4, generator=rng)
        kernels = torch.tensor([[1.0, 0.0], [0.5, 0.5], [2.0, -1.0]])[:, :, None, None]
        red, green = images[:, 0], images[:, 1]
        expected = torch.stack([red, (red + green) / 2 - 1, 2 * red - green + 3], dim=1)
        assert_close(student.convolve_channels(images, kernels, torch.tensor([0.0, -1.0, 3.0])), expected)

    def test_random(self, student, rng):
        """Three channels in, four channels out, kernels of 3 by 2: the same as torch.nn.functional.conv2d."""
        images, kernels = torch.randn(2, 3, 5, 6, generator=rng), torch.randn(4, 3, 3, 2, generator=rng)
        bias = torch.randn(4, generator=rng)
        expected = nn.functional.conv2d(images.double(), kernels.double(), bias.double()).float()
        assert_close(student.convolve_channels(images, kernels, bias), expected)


@exercise("stride_and_padding")
@limits(seconds=15, memory=512)
class TestStrideAndPadding:
    def test_padding(self, student, rng):
        """With a kernel of ones and padding 1, each of 3 by 3 ones is told how many of its neighbours are pixels."""
        ones, bias = torch.ones(1, 1, 3, 3), torch.zeros(1)
        expected = torch.tensor([[4.0, 6.0, 4.0], [6.0, 9.0, 6.0], [4.0, 6.0, 4.0]])[None, None]
        assert_close(student.conv2d(ones, ones, bias, 1, 1, 1), expected)

    def test_stride(self, student, rng):
        """With stride 2, a picture of 7 by 6 under kernels of 3 by 2 gives 3 by 3 numbers a channel."""
        images, kernels = torch.randn(2, 2, 7, 6, generator=rng), torch.randn(3, 2, 3, 2, generator=rng)
        bias = torch.randn(3, generator=rng)
        expected = nn.functional.conv2d(images.double(), kernels.double(), bias.double(), stride=2).float()
        assert_close(student.conv2d(images, kernels, bias, 2, 0, 1), expected)

    def test_dilation(self, student, rng):
        """With dilation 2, a kernel of 3 by 3 spans five pixels, and sees every other one of them."""
        image, bias = torch.arange(25.0).reshape(1, 1, 5, 5), torch.zeros(1)
        kernel = torch.tensor([[1.0, 10.0, 100.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1000.0]])[None, None]
        assert_close(student.conv2d(image, kernel, bias, 1, 0, 2), torch.tensor([[[[24420.0]]]]))


@exercise("pooling")
class TestPooling:
    def test_example(self, student, rng):
        """Windows of 2 by 2 with stride 2: the numbers of the text, for the maximum and for the average."""
        largest, mean = student.max_pool(MAP, 2, 2), student.average_pool(MAP, 2, 2)
        assert_close(largest, torch.tensor([[[[4.0, 2.0], [1.0, -2.0]]]]), what="max_pool")
        assert_close(mean, torch.tensor([[[[2.5, 1.0], [0.5, -3.5]]]]), what="average_pool")

    def test_overlapping(self, student, rng):
        """Windows of 3 by 3 with stride 2 overlap; a last row that fills no window is left out."""
        images = torch.randn(2, 3, 8, 7, generator=rng)
        largest, mean = student.max_pool(images, 3, 2), student.average_pool(images, 3, 2)
        assert_close(largest, nn.functional.max_pool2d(images, 3, 2), what="max_pool")
        assert_close(mean, nn.functional.avg_pool2d(images.double(), 3, 2).float(), what="average_pool")


@exercise("receptive_field")
class TestReceptiveField:
    def test_example(self, student, rng):
        """In the network of the text, the unit at position 4 sees 5 to 12, that at 0 sees -3 to 4: 8 positions each."""
        layers = [(3, 1, 1, 1), (2, 2, 0, 1), (3, 1, 1, 1)]
        found = [student.input_window(layers, 4), student.input_window(layers, 0), student.receptive_field(layers)]
        assert_equal(found, [(5, 12), (-3, 4), 8], what="the two windows and the receptive field")

    def test_two_layers(self, student, rng):
        """Two layers of kernel 3 see 5 positions; with stride 2 in the first it is 7; with dilation 2 in both, 9."""
        networks = [[(3, 1, 0, 1)] * 2, [(3, 2, 0, 1), (3, 1, 0, 1)], [(3, 1, 0, 2)] * 2]
        found = [student.receptive_field(layers) for layers in networks]
        assert_equal(found, [5, 7, 9], what="the receptive fields")


@exercise("lenet")
class TestLeNet:
    def test_parameters(self, student, rng):
        """LeNet(10) has the ten parameters of the table, 61,706 numbers in all."""
        model = student.LeNet(10)
        assert_type(model, nn.Module, what="LeNet(10)")
        parameters_of_lenet(model, 10)
        total = sum(parameter.numel() for parameter in model.parameters())
        assert_equal(total, 61_706, what="the number of parameters")

    def test_logits(self, student, rng):
        """With weights that we load, its logits are those of the table's layers, in order, for three pictures."""
        model = student.LeNet(10)
        ours = loaded_lenet(model, 10, rng)
        images = torch.randn(3, 1, 32, 32, generator=rng)
        # Hundreds of products of size one are added up in each of five layers.
        assert_close(model(images), lenet_logits(ours, images), atol=1e-4, what="the logits")


@exercise("fit_photographs")
@limits(seconds=20, memory=1024)
class TestFitPhotographs:
    @weight(2)
    def test_accuracy(self, student, rng):
        """After 210 steps on an unknown alphabet, the model reads at least 0.88 of new photographs right."""
        data = photographed_signs(rng)
        model = fitted(student, data.train_inputs, data.train_labels, 10, 210, 10)
        score = held_out_accuracy(model, data, rng, classes=10)
        assert_score(score, floor=0.80, target=0.88, what="the accuracy on new photographs")

    def test_learns_step_by_step(self, student, rng):
        """With 0 steps less than half of the training photographs are read right; after 100 the loss is below 1.3."""
        data = photographed_signs(rng)
        known = Split(data.train_inputs, data.train_labels, data.train_inputs, data.train_labels)
        raw = fitted(student, data.train_inputs, data.train_labels, 10, 0, 1)
        if held_out_accuracy(raw, known, rng, classes=10) >= 0.5:
            fail("with 0 steps the model already reads half of the signs", safe="0 steps, and it has learnt")
        trained = fitted(student, data.train_inputs, data.train_labels, 10, 100, 1)
        loss = loss_on(trained, [(data.train_inputs, data.train_labels)], nn.functional.cross_entropy)
        if not loss < 1.3:
            safe = "after 100 steps the loss on the training photographs is not below 1.3"
            fail(f"the mean cross-entropy on the training photographs is {loss:.3f} after 100 steps", safe=safe)


@exercise("filter_sheet")
class TestFilterSheet:
    def test_example(self, student, rng):
        """The kernel of the text, alone on its sheet, becomes 0.00, 0.50, 0.75 and 0.25."""
        found = student.filter_sheet(torch.tensor([[[-2.0, 0.0], [1.0, -1.0]]]), 1)
        assert_close(found, torch.tensor([[0.0, 0.5], [0.75, 0.25]]))

    def test_three_kernels(self, student, rng):
        """Three kernels of one pixel in two columns: each 1 or 0, with lines and a blank place of 1 between."""
        found = student.filter_sheet(torch.tensor([[[3.0]], [[-1.0]], [[-0.2]]]), 2)
        assert_close(found, torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))
