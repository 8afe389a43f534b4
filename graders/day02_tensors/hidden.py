"""The checks of day 2 that never leave: other shapes, other dtypes, edges, gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from proctorch import assert_close, assert_equal, assert_type, exercise, fail


def number(low: int, high: int, rng: torch.Generator) -> int:
    """Draw a whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def grid(days: int, times: int, rng: torch.Generator, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Return made-up temperatures around zero, of shape (days, times)."""
    return 3 * torch.randn(days, times, generator=rng, dtype=dtype)


def entry(passport: Any, key: str) -> Any:
    """Return one entry of a passport; the check fails with a sentence when there is none."""
    assert_type(passport, dict, what="the passport")
    if key not in passport:
        fail(f"the passport has no entry {key!r}; it has {sorted(map(str, passport))}", safe=f"there is no {key!r}")
    return passport[key]


def assert_passport(passport: Any, x: torch.Tensor) -> None:
    """Compare a passport with the tensor that it should describe."""
    assert_equal(entry(passport, "axes"), x.dim(), what="the number of axes in the passport")
    assert_type(entry(passport, "shape"), tuple, what="the shape in the passport")
    assert_equal(passport["shape"], tuple(x.shape), what="the shape in the passport")
    assert_equal(entry(passport, "entries"), x.numel(), what="the number of entries in the passport")
    assert_equal(entry(passport, "dtype"), x.dtype, what="the dtype in the passport")
    assert_equal(entry(passport, "device"), x.device, what="the device in the passport")
    assert_equal(entry(passport, "bytes"), x.numel() * x.element_size(), what="the bytes in the passport")


def assert_same(actual: Any, expected: torch.Tensor) -> None:
    """Compare the dtype, the shape and every entry."""
    assert_close(actual, expected, dtype=expected.dtype)


@exercise("tensors_from_data")
class TestTensorsFromData:
    def test_whole_numbers(self, student, rng):
        """tensor_from_rows gives float32 also when all the numbers in the list are whole."""
        rows = torch.randint(-20, 40, (number(1, 6, rng), number(2, 5, rng)), generator=rng).tolist()
        assert_close(student.tensor_from_rows(rows), torch.tensor(rows).float(), dtype=torch.float32)

    def test_arrays_of_other_kinds(self, student, rng):
        """tensor_from_array keeps shape, values and dtype of arrays of whole numbers and of True and False, too."""
        whole = torch.randint(-1000, 1000, (2, 3, 4), generator=rng, dtype=torch.int32)
        flags = torch.rand(5, generator=rng) < 0.5
        for expected in (whole, flags, grid(1, 4, rng)):
            assert_same(student.tensor_from_array(expected.numpy()), expected)

    def test_like_other_grids(self, student, rng):
        """filled_like follows the grid's dtype (int64, float64) and any shape, also one with an empty axis."""
        value = number(-9, 9, rng)
        for shape, dtype in (((3, 1), torch.int64), ((2, 3, 2), torch.float64), ((0, 3), torch.float32)):
            grid_of_ones = torch.ones(shape, dtype=dtype)
            assert_same(student.filled_like(grid_of_ones, value), torch.full(shape, value, dtype=dtype))


@exercise("tensors_from_patterns")
class TestTensorsFromPatterns:
    def test_other_hours(self, student, rng):
        """hours works for other steps, 1 too, from a negative first hour, and when the first hour is also the last."""
        first, step, count = number(-12, 3, rng), number(2, 5, rng), number(2, 6, rng)
        expected = [first + i * step for i in range(count)]
        assert_close(student.hours(first, expected[-1], step), torch.tensor(expected), dtype=torch.int64)
        assert_close(student.hours(first, first, step), torch.tensor([first]), dtype=torch.int64)
        every_hour = torch.tensor([first + i for i in range(count)])
        assert_close(student.hours(first, first + count - 1, 1), every_hour, dtype=torch.int64)

    def test_other_marks(self, student, rng):
        """marks has as many numbers as asked for, both ends among them, also when it is only two."""
        low, high = float(number(-20, -1, rng)), float(number(1, 20, rng))
        for count in (2, number(3, 9, rng)):
            expected = torch.tensor([low + (high - low) * i / (count - 1) for i in range(count)])
            assert_close(student.marks(low, high, count), expected, dtype=torch.float32)

    def test_other_sizes(self, student, rng):
        """equal_weights, identity and black_video work for other sizes, down to 1."""
        for n in (1, number(5, 9, rng)):
            assert_close(student.equal_weights(n), torch.full((n,), 1 / n), dtype=torch.float32)
            expected = torch.tensor([[float(i == j) for j in range(n)] for i in range(n)])
            assert_close(student.identity(n), expected, dtype=torch.float32)
            assert_same(student.black_video(n, 1, 7), torch.zeros(n, 3, 1, 7).byte())


@exercise("tensor_passport")
class TestTensorPassport:
    def test_batch_of_images(self, student, rng):
        """The passport is right for a batch of uint8 images and for float64 numbers."""
        images = torch.randint(0, 256, (number(2, 5, rng), 3, 4, 6), generator=rng).byte()
        assert_passport(student.passport(images), images)
        vector = torch.randn(number(2, 9, rng), generator=rng, dtype=torch.float64)
        assert_passport(student.passport(vector), vector)

    def test_single_number_and_empty_batch(self, student, rng):
        """The passport is right for a tensor with a single number and no axes, and for an empty batch."""
        for x in (torch.randn((), generator=rng), torch.zeros(0, 3, 4), torch.zeros(2, 0, dtype=torch.bool)):
            assert_passport(student.passport(x), x)

    def test_planned_without_memory(self, student, rng):
        """The planned passport names the dtype that was asked for, the device "meta", and the bytes it would take."""
        for dtype in (torch.float64, torch.uint8):
            shape = (number(2, 8, rng), 3, number(8, 32, rng), number(8, 32, rng))
            passport = student.planned_passport(shape, dtype, torch.device("meta"))
            assert_passport(passport, torch.empty(shape, dtype=dtype, device="meta"))


@exercise("convert_tensors")
class TestConvertTensors:
    def test_all_pixels(self, student, rng):
        """pixels_to_unit divides every one of the 256 pixel values by 255, for any height and width."""
        image = torch.randperm(768, generator=rng).remainder(256).byte().reshape(3, 16, 16)
        assert_close(student.pixels_to_unit(image), (image.double() / 255).float(), dtype=torch.float32)

    def test_rounding_below_zero(self, student, rng):
        """whole_degrees rounds to the nearest degree below zero, too, and also for float64."""
        whole = torch.randint(-20, 21, (6, 5), generator=rng)
        for dtype in (torch.float32, torch.float64):
            off = torch.rand(6, 5, generator=rng, dtype=dtype) * 0.8 - 0.4
            assert_close(student.whole_degrees(whole.to(dtype) + off), whole, dtype=torch.int64)

    def test_match_other_kinds(self, student, rng):
        """match works between floats and whole numbers, for any two shapes, and gradients flow back through it."""
        whole = torch.randint(-9, 10, (2, 3, 2), generator=rng)
        assert_same(student.match(whole.float(), torch.zeros(2, 5, dtype=torch.int64)), whole)
        assert_same(student.match(whole, torch.zeros((), dtype=torch.float64)), whole.double())
        x, other = whole.float().requires_grad_(), torch.zeros(4, dtype=torch.float64)
        assert_close(student.match(x, other), whole.double(), dtype=torch.float64, grad=True)


@exercise("adjust_temperatures")
class TestAdjustTemperatures:
    def test_other_grids(self, student, rng):
        """adjust works for a single day, a single time, a square grid, and float64 stays float64."""
        for days, times, dtype in ((1, 4, torch.float32), (5, 1, torch.float64), (3, 3, torch.float64)):
            temperatures, adjustment = grid(days, times, rng, dtype), grid(days, times, rng, dtype)
            result = student.adjust(temperatures, adjustment)
            assert_close(result, torch.add(temperatures, adjustment), dtype=dtype)

    def test_nothing_is_stretched(self, student, rng):
        """adjust adds equal shapes, and raises ValueError for others, also where PyTorch would stretch one of them."""
        stretched = [((5, 3), other) for other in ((1, 3), (5, 1), (1, 1))]
        for shape, other in (*stretched, ((5, 1), (5, 3)), ((1, 4), (4, 1)), ((2, 6), (3, 4))):
            temperatures, adjustment = grid(*shape, rng), grid(*shape, rng)
            # Whoever raises always has refused nothing.
            assert_close(student.adjust(temperatures, adjustment), torch.add(temperatures, adjustment))
            with student.raises(ValueError):
                student.adjust(temperatures, grid(*other, rng))

    def test_conversion_and_error(self, student, rng):
        """to_fahrenheit and squared_error are right for any numbers, and float64 stays float64."""
        forecast, measured = grid(4, 4, rng, torch.float64), grid(4, 4, rng, torch.float64)
        assert_close(student.to_fahrenheit(forecast), 1.8 * forecast + 32, dtype=torch.float64)
        difference = forecast.numpy() - measured.numpy()
        expected = torch.from_numpy(difference * difference)
        assert_close(student.squared_error(forecast, measured), expected, dtype=torch.float64)

    def test_gradients(self, student, rng):
        """Gradients flow back through adjust, to_fahrenheit and squared_error."""
        forecast, measured = grid(3, 2, rng).requires_grad_(), grid(3, 2, rng)
        adjusted = student.adjust(forecast, measured)
        assert_close(adjusted, (forecast + measured).detach(), grad=True)
        adjusted.sum().backward()
        assert_close(forecast.grad, torch.ones(3, 2), what="the gradient of adjust")
        forecast.grad = None
        error = student.squared_error(forecast, measured)
        assert_close(error, ((forecast - measured) ** 2).detach(), grad=True)
        error.sum().backward()
        assert_close(forecast.grad, 2 * (forecast - measured).detach(), what="the gradient of squared_error")
        celsius = grid(2, 3, rng, torch.float64).requires_grad_()
        fahrenheit = student.to_fahrenheit(celsius)
        assert_close(fahrenheit, (1.8 * celsius + 32).detach(), grad=True)
        fahrenheit.sum().backward()
        assert_close(celsius.grad, torch.full((2, 3), 1.8, dtype=torch.float64), what="the gradient of to_fahrenheit")


@exercise("broadcast_row_and_column")
class TestBroadcastRowAndColumn:
    def test_square_grids(self, student, rng):
        """Rows and columns are added along the right axis when there are as many days as times."""
        n = number(2, 5, rng)
        temperatures, line, other = grid(n, n, rng), grid(1, n, rng)[0], grid(1, n, rng)[0]
        expected = torch.stack([temperatures[:, j] + line[j] for j in range(n)], dim=1)
        assert_close(student.add_per_time(temperatures, line), expected)
        expected = torch.stack([temperatures[i] + line[i] for i in range(n)])
        assert_close(student.add_per_day(temperatures, line), expected)
        expected = torch.stack([line[i] + other for i in range(n)])
        assert_close(student.sum_table(line, other), expected)

    def test_other_grids(self, student, rng):
        """A single day, a single time, and float64 work, and float64 stays float64."""
        for days, times in ((1, 4), (6, 1), (4, 7)):
            temperatures = grid(days, times, rng, torch.float64)
            per_day, per_time = temperatures[:, 0] + 1, temperatures[0] * 2
            expected = torch.stack([row + per_time for row in temperatures])
            assert_close(student.add_per_time(temperatures, per_time), expected, dtype=torch.float64)
            expected = torch.stack([temperatures[i] + per_day[i] for i in range(days)])
            assert_close(student.add_per_day(temperatures, per_day), expected, dtype=torch.float64)
            expected = torch.stack([per_day[i] + per_time for i in range(days)])
            assert_close(student.sum_table(per_day, per_time), expected, dtype=torch.float64)

    def test_gradients(self, student, rng):
        """Gradients flow back to the row and to the column, each entry from every place where it was used."""
        per_day, per_time = grid(1, 4, rng)[0].requires_grad_(), grid(1, 3, rng)[0].requires_grad_()
        table = student.sum_table(per_day, per_time)
        assert_close(table, torch.stack([per_day[i] + per_time for i in range(4)]).detach(), grad=True)
        table.sum().backward()
        assert_close(per_day.grad, torch.full((4,), 3.0), what="the gradient of per_day")
        assert_close(per_time.grad, torch.full((3,), 4.0), what="the gradient of per_time")
        temperatures = grid(4, 3, rng).requires_grad_()
        by_time, by_day = student.add_per_time(temperatures, per_time), student.add_per_day(temperatures, per_day)
        assert_close(by_time, torch.stack([row + per_time for row in temperatures]).detach(), grad=True)
        assert_close(by_day, torch.stack([temperatures[i] + per_day[i] for i in range(4)]).detach(), grad=True)
        (by_time.sum() + 2 * by_day.sum()).backward()
        assert_close(temperatures.grad, torch.full((4, 3), 3.0), what="the gradient of the temperatures")
        assert_close(per_day.grad, torch.full((4,), 9.0), what="the gradient of per_day")
        assert_close(per_time.grad, torch.full((3,), 8.0), what="the gradient of per_time")


@exercise("matrix_product")
class TestMatrixProduct:
    def test_square(self, student, rng):
        """matrix_product of square matrices multiplies rows of the first with columns of the second."""
        a, b = torch.randn(3, 3, generator=rng), torch.randn(3, 3, generator=rng)
        expected = torch.stack([torch.stack([(a[i] * b[:, j]).sum() for j in range(3)]) for i in range(3)])
        assert_close(student.matrix_product(a, b), expected)

    def test_thin_matrices(self, student, rng):
        """matrix_product works when an axis has size 1, and float64 stays float64."""
        for n, k, m in ((4, 1, 3), (1, 5, 1), (2, 6, 1)):
            a = torch.randn(n, k, generator=rng, dtype=torch.float64)
            b = torch.randn(k, m, generator=rng, dtype=torch.float64)
            assert_close(student.matrix_product(a, b), torch.einsum("nk,km->nm", a, b), dtype=torch.float64)

    def test_linear_square_and_empty(self, student, rng):
        """linear is right with as many samples as inputs as outputs, and for an empty batch."""
        weight, bias = torch.randn(4, 4, generator=rng), torch.randn(4, generator=rng)
        for batch in (4, 0):
            inputs = torch.randn(batch, 4, generator=rng)
            expected = torch.einsum("bi,oi->bo", inputs, weight) + bias.reshape(1, 4)
            assert_close(student.linear(inputs, weight, bias), expected)

    def test_gradients(self, student, rng):
        """Gradients flow back through matrix_product, and through linear to the inputs, the weight and the bias."""
        inputs = torch.randn(2, 3, generator=rng, dtype=torch.float64, requires_grad=True)
        weight = torch.randn(2, 3, generator=rng, dtype=torch.float64, requires_grad=True)
        bias = torch.randn(2, generator=rng, dtype=torch.float64, requires_grad=True)
        expected = torch.einsum("bi,oi->bo", inputs, weight) + bias
        assert_close(student.linear(inputs, weight, bias), expected.detach(), grad=True)
        assert torch.autograd.gradcheck(student.linear, (inputs, weight, bias))
        product = student.matrix_product(inputs, weight.T)
        assert_close(product, (expected - bias).detach(), grad=True)
        product.sum().backward()
        assert_close(inputs.grad, weight.detach().sum(dim=0).expand(2, 3), what="the gradient of the first matrix")
        assert_close(weight.grad, inputs.detach().sum(dim=0).expand(2, 3), what="the gradient of the second matrix")


@exercise("batched_matrix_product")
class TestBatchedMatrixProduct:
    def test_cube(self, student, rng):
        """product_per_sample is right when batch, rows and columns all have the same size."""
        a, b = torch.randn(3, 3, 3, generator=rng), torch.randn(3, 3, 3, generator=rng)
        expected = torch.stack([a[i] @ b[i] for i in range(3)])
        assert_close(student.product_per_sample(a, b), expected)

    def test_similarities_of_a_cube(self, student, rng):
        """similarities compares the rows of each sheet when batch, rows and columns all have the same size."""
        x = torch.randn(4, 4, 4, generator=rng, dtype=torch.float64)
        expected = torch.stack([sheet @ sheet.T for sheet in x])
        assert_close(student.similarities(x), expected, dtype=torch.float64)

    def test_small_batches(self, student, rng):
        """Both work for a batch of one and for an empty batch."""
        for batch in (1, 0):
            a, b = torch.randn(batch, 2, 4, generator=rng), torch.randn(batch, 4, 3, generator=rng)
            assert_close(student.product_per_sample(a, b), torch.einsum("bnk,bkm->bnm", a, b))
            assert_close(student.similarities(a), torch.einsum("bnk,bmk->bnm", a, a))

    def test_gradients(self, student, rng):
        """Gradients flow back through both functions."""
        a = torch.randn(2, 2, 3, generator=rng, dtype=torch.float64, requires_grad=True)
        b = torch.randn(2, 3, 2, generator=rng, dtype=torch.float64, requires_grad=True)
        product = student.product_per_sample(a, b)
        assert_close(product, torch.einsum("bnk,bkm->bnm", a, b).detach(), grad=True)
        table = student.similarities(a)
        assert_close(table, torch.einsum("bnk,bmk->bnm", a, a).detach(), grad=True)
        (product.sum() + table.sum()).backward()
        ones = torch.ones(2, 2, 2, dtype=torch.float64)
        through_table = 2 * a.detach().sum(dim=1, keepdim=True).expand(2, 2, 3)
        assert_close(a.grad, ones @ b.detach().transpose(1, 2) + through_table, what="the gradient of a")
        assert_close(b.grad, a.detach().transpose(1, 2) @ ones, what="the gradient of b")


@exercise("reduce_one_axis")
class TestReduceOneAxis:
    def test_mean_of_other_grids(self, student, rng):
        """mean_per_day is right for square grids, single days and single times, and float64 stays float64."""
        for days, times in ((3, 3), (1, 4), (5, 1)):
            temperatures = grid(days, times, rng, torch.float64)
            expected = torch.stack([sum(row) / times for row in temperatures])
            assert_close(student.mean_per_day(temperatures), expected, dtype=torch.float64)

    def test_warmest_of_other_grids(self, student, rng):
        """warmest_day is right below zero, for square grids and for a single day."""
        for days, times in ((4, 4), (1, 3), (6, 2)):
            temperatures = torch.randperm(days * times, generator=rng).reshape(days, times).float() - 50
            answer = student.warmest_day(temperatures)
            assert_type(answer, (tuple, list), what="what warmest_day returned")
            assert_equal(len(answer), 2, what="the number of tensors that warmest_day returned")
            assert_close(answer[0], temperatures.amax(dim=0), what="the first tensor")
            assert_close(answer[1], temperatures.argmax(dim=0), dtype=torch.int64, what="the second tensor")

    def test_frost_and_zero(self, student, rng):
        """frost_per_day does not count a reading of exactly zero, and works for square grids and days without frost."""
        temperatures = torch.randint(-2, 3, (5, 5), generator=rng).float()
        temperatures[0], temperatures[1], temperatures[2, :2] = 0.0, 4.0, -7.0
        expected = torch.tensor([sum(value < 0 for value in row) for row in temperatures.tolist()])
        assert_close(student.frost_per_day(temperatures), expected, dtype=torch.int64)

    def test_gradients(self, student, rng):
        """Gradients flow back through mean_per_day, and through the temperatures that warmest_day returns."""
        temperatures = (torch.randperm(12, generator=rng).reshape(4, 3).double() - 5).requires_grad_()
        means, values = student.mean_per_day(temperatures), student.warmest_day(temperatures)[0]
        assert_close(means, temperatures.mean(dim=1).detach(), grad=True)
        assert_close(values, temperatures.amax(dim=0).detach(), grad=True)
        (3 * means.sum() + values.sum()).backward()
        is_warmest = temperatures.detach() == temperatures.detach().amax(dim=0)
        assert_close(temperatures.grad, 1 + is_warmest.double(), what="the gradient of the temperatures")


@exercise("keep_the_axis")
class TestKeepTheAxis:
    def test_square_weeks(self, student, rng):
        """centre_days subtracts the day's own mean also when there are as many days as times."""
        for days, times in ((4, 4), (1, 3), (3, 1)):
            temperatures = grid(days, times, rng, torch.float64)
            expected = torch.stack([row - sum(row) / times for row in temperatures])
            assert_close(student.centre_days(temperatures), expected, dtype=torch.float64)

    def test_other_images(self, student, rng):
        """channel_means and contrast are right for a single image, and when all four axes have the same size."""
        for shape in ((1, 3, 2, 4), (3, 3, 3, 3), (5, 1, 1, 2)):
            images = torch.randn(shape, generator=rng, dtype=torch.float64) - 1
            expected = torch.stack([images[:, channel].mean() for channel in range(shape[1])])
            assert_close(student.channel_means(images), expected.reshape(1, -1, 1, 1), dtype=torch.float64)
            expected = torch.stack([image.max() - image.min() for image in images])
            assert_close(student.contrast(images), expected.reshape(-1, 1, 1, 1), dtype=torch.float64)

    def test_gradients(self, student, rng):
        """Gradients flow back through all three functions."""
        temperatures = grid(3, 2, rng, torch.float64).requires_grad_()
        expected = temperatures.detach() - temperatures.detach().mean(1, True)
        assert_close(student.centre_days(temperatures), expected, grad=True)
        assert torch.autograd.gradcheck(student.centre_days, (temperatures,))
        images = torch.randn(2, 3, 2, 2, generator=rng, dtype=torch.float64, requires_grad=True)
        means, contrast = student.channel_means(images), student.contrast(images)
        assert_close(means, images.detach().mean((0, 2, 3), True), grad=True)
        assert_close(contrast, (images.amax((1, 2, 3), True) - images.amin((1, 2, 3), True)).detach(), grad=True)
        (8 * means.sum() + contrast.sum()).backward()
        flat = images.detach().reshape(2, -1)
        high, low = flat == flat.amax(1, True), flat == flat.amin(1, True)
        assert_close(images.grad.reshape(2, -1), 1 + high.double() - low.double(), what="the gradient of the images")


@exercise("numpy_bridge")
class TestNumpyBridge:
    def test_calibrate_other_arrays(self, student, rng):
        """calibrate_ changes the caller's array when it is float64, and when it has other axes."""
        for shape, dtype in (((3, 1), torch.float32), ((4,), torch.float64), ((2, 3, 2), torch.float64)):
            array = torch.randn(shape, generator=rng, dtype=dtype).numpy()
            expected = array + 0.5
            with student.allow_inplace():
                student.calibrate_(array, 0.5)
            assert_close(array, expected, what="the array of the caller")

    def test_record_other_weeks(self, student, rng):
        """record holds different values at every step, for any number of steps (none, too), and leaves start alone."""
        for steps, dtype in ((0, torch.float32), (number(3, 6, rng), torch.float64)):
            start = torch.randn(4, generator=rng, dtype=dtype)
            change = torch.rand(4, generator=rng, dtype=dtype) + 0.5
            arrays = student.record(start, change, steps)
            assert_type(arrays, (list, tuple), what="what record returned")
            assert_equal(len(arrays), steps + 1, what="the number of arrays")
            for index, array in enumerate(arrays):
                assert_type(array, np.ndarray, what="one of the arrays")
                assert_equal(str(array.dtype), str(start.numpy().dtype), what="the dtype of the arrays")
                assert_close(array, (start + index * change).numpy(), what="one of the arrays")

    def test_to_array_in_training(self, student, rng):
        """to_array works for a tensor that requires gradients, and for float64."""
        for dtype, name in ((torch.float32, "float32"), (torch.float64, "float64")):
            x = torch.randn(2, 3, 2, generator=rng, dtype=dtype, requires_grad=True)
            array = student.to_array(x)
            assert_type(array, np.ndarray, what="what to_array returned")
            assert_equal(str(array.dtype), name, what="the dtype of the array")
            assert_close(array, x.detach().numpy())
