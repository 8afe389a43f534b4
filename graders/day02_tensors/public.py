"""The checks of day 2 that students run too."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from proctorch import assert_close, assert_equal, assert_type, exercise, fail


def grid(days: int, times: int, rng: torch.Generator) -> torch.Tensor:
    """Return made-up temperatures around zero, float32, of shape (days, times)."""
    return 3 * torch.randn(days, times, generator=rng)


def entry(passport: Any, key: str) -> Any:
    """Return one entry of a passport; the check fails with a sentence when there is none."""
    assert_type(passport, dict, what="the passport")
    if key not in passport:
        fail(f"the passport has no entry {key!r}; it has {sorted(map(str, passport))}", safe=f"there is no {key!r}")
    return passport[key]


@exercise("tensors_from_data")
class TestTensorsFromData:
    def test_rows(self, student, rng):
        """tensor_from_rows keeps the numbers in their rows, as float32."""
        rows = grid(5, 3, rng).tolist()
        assert_close(student.tensor_from_rows(rows), torch.tensor(rows), dtype=torch.float32)

    def test_array(self, student, rng):
        """tensor_from_array keeps the values and the float64 of a NumPy array."""
        array = torch.randn(4, 3, dtype=torch.float64, generator=rng).numpy()
        assert_close(student.tensor_from_array(array), torch.from_numpy(array), dtype=torch.float64)

    def test_filled_like(self, student, rng):
        """filled_like(grid, 7) has the shape and the dtype of a float32 grid, and every entry is 7."""
        assert_close(student.filled_like(grid(2, 3, rng), 7), torch.full((2, 3), 7.0), dtype=torch.float32)


@exercise("tensors_from_patterns")
class TestTensorsFromPatterns:
    def test_black_video(self, student, rng):
        """black_video(2, 4, 5) is zero everywhere, has the shape (2, 3, 4, 5) and is uint8."""
        assert_close(student.black_video(2, 4, 5), torch.zeros(2, 3, 4, 5, dtype=torch.uint8), dtype=torch.uint8)

    def test_hours(self, student, rng):
        """hours(6, 18, 6) is 6, 12 and 18, as int64."""
        assert_close(student.hours(6, 18, 6), torch.tensor([6, 12, 18]), dtype=torch.int64)

    def test_marks(self, student, rng):
        """marks(-10, 30, 5) is -10, 0, 10, 20 and 30, as float32."""
        expected = torch.tensor([-10.0, 0.0, 10.0, 20.0, 30.0])
        assert_close(student.marks(-10.0, 30.0, 5), expected, dtype=torch.float32)

    def test_weights_and_identity(self, student, rng):
        """equal_weights(4) is four quarters, and identity(3) has three ones on its diagonal."""
        assert_close(student.equal_weights(4), torch.tensor([0.25, 0.25, 0.25, 0.25]), dtype=torch.float32)
        expected = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        assert_close(student.identity(3), expected, dtype=torch.float32)


@exercise("tensor_passport")
class TestTensorPassport:
    def test_shape(self, student, rng):
        """The passport of five days at three times says 2 axes, shape (5, 3) and 15 entries."""
        passport = student.passport(grid(5, 3, rng))
        assert_equal(entry(passport, "axes"), 2, what='passport["axes"]')
        assert_type(entry(passport, "shape"), tuple, what='passport["shape"]')
        assert_equal(passport["shape"], (5, 3), what='passport["shape"]')
        assert_equal(entry(passport, "entries"), 15, what='passport["entries"]')

    def test_kind_and_place(self, student, rng):
        """The passport of a float32 tensor says torch.float32, the device cpu and 4 bytes an entry."""
        passport = student.passport(grid(5, 3, rng))
        assert_equal(entry(passport, "dtype"), torch.float32, what='passport["dtype"]')
        assert_equal(entry(passport, "device"), torch.device("cpu"), what='passport["device"]')
        assert_equal(entry(passport, "bytes"), 60, what='passport["bytes"]')

    def test_planned(self, student, rng):
        """The planned passport of an int64 tensor of shape (2, 3, 4) on the CPU says 24 entries and 192 bytes."""
        passport = student.planned_passport((2, 3, 4), torch.int64, torch.device("cpu"))
        assert_equal(entry(passport, "entries"), 24, what='passport["entries"]')
        assert_equal(entry(passport, "dtype"), torch.int64, what='passport["dtype"]')
        assert_equal(entry(passport, "bytes"), 192, what='passport["bytes"]')


@exercise("convert_tensors")
class TestConvertTensors:
    def test_pixels(self, student, rng):
        """pixels_to_unit maps 0 to 0.0, 51 to 0.2 and 255 to 1.0."""
        image = torch.tensor([[[0, 51]], [[255, 51]], [[0, 255]]], dtype=torch.uint8)
        expected = torch.tensor([[[0.0, 0.2]], [[1.0, 0.2]], [[0.0, 1.0]]])
        assert_close(student.pixels_to_unit(image), expected, dtype=torch.float32)

    def test_whole_degrees(self, student, rng):
        """whole_degrees rounds 19.8 to 20 and 20.2 to 20, as int64."""
        temperatures = torch.tensor([[19.8, 20.2, 21.0]])
        assert_close(student.whole_degrees(temperatures), torch.tensor([[20, 20, 21]]), dtype=torch.int64)

    def test_match(self, student, rng):
        """match(x, other) has the values and the shape of x and the dtype of other."""
        x = torch.randint(-9, 10, (2, 3), generator=rng)
        assert_close(student.match(x, torch.zeros(4)), x.float(), dtype=torch.float32)


@exercise("adjust_temperatures")
class TestAdjustTemperatures:
    def test_adjust(self, student, rng):
        """adjust adds to every temperature the adjustment in the same place."""
        temperatures = torch.tensor([[12.0, 19.0], [11.0, 21.0]])
        adjustment = torch.tensor([[0.5, -2.0], [0.0, -3.0]])
        assert_close(student.adjust(temperatures, adjustment), torch.tensor([[12.5, 17.0], [11.0, 18.0]]))

    def test_different_shapes(self, student, rng):
        """adjust takes five days adjusted by five, and raises ValueError when they are to be adjusted by four."""
        temperatures, adjustment = grid(5, 3, rng), grid(5, 3, rng)
        assert_close(student.adjust(temperatures, adjustment), torch.add(temperatures, adjustment))
        with student.raises(ValueError):
            student.adjust(temperatures, grid(4, 3, rng))

    def test_fahrenheit(self, student, rng):
        """to_fahrenheit says 212 for 100, 32 for 0 and -40 for -40."""
        celsius = torch.tensor([[100.0, 0.0, -40.0]])
        assert_close(student.to_fahrenheit(celsius), torch.tensor([[212.0, 32.0, -40.0]]))

    def test_squared_error(self, student, rng):
        """squared_error is the square of the difference, place by place."""
        forecast, measured = torch.tensor([[20.0, 15.0], [10.0, 9.0]]), torch.tensor([[18.0, 15.0], [13.0, 8.5]])
        assert_close(student.squared_error(forecast, measured), torch.tensor([[4.0, 0.0], [9.0, 0.25]]))


@exercise("broadcast_row_and_column")
class TestBroadcastRowAndColumn:
    def test_row(self, student, rng):
        """add_per_time adds the same row on every day."""
        temperatures = torch.tensor([[12.0, 19.0, 15.0], [11.0, 21.0, 16.0]])
        expected = torch.tensor([[13.0, 17.0, 15.0], [12.0, 19.0, 16.0]])
        assert_close(student.add_per_time(temperatures, torch.tensor([1.0, -2.0, 0.0])), expected)

    def test_column(self, student, rng):
        """add_per_day adds the same column at every time."""
        temperatures = torch.tensor([[12.0, 19.0, 15.0], [11.0, 21.0, 16.0]])
        expected = torch.tensor([[12.0, 19.0, 15.0], [13.0, 23.0, 18.0]])
        assert_close(student.add_per_day(temperatures, torch.tensor([0.0, 2.0])), expected)

    def test_table(self, student, rng):
        """sum_table of [10, 20] and [1, 2, 3] has the rows 11 12 13 and 21 22 23."""
        expected = torch.tensor([[11.0, 12.0, 13.0], [21.0, 22.0, 23.0]])
        assert_close(student.sum_table(torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0, 3.0])), expected)


@exercise("matrix_product")
class TestMatrixProduct:
    def test_product(self, student, rng):
        """matrix_product multiplies rows with columns and sums: two days and two recipes."""
        days = torch.tensor([[12.0, 19.0, 15.0], [11.0, 21.0, 16.0]])
        recipes = torch.tensor([[0.25, -1.0], [0.25, 1.0], [0.5, 0.0]])
        assert_close(student.matrix_product(days, recipes), torch.tensor([[15.25, 7.0], [16.0, 10.0]]))

    def test_linear_example(self, student, rng):
        """linear gives [[1, 2, 13]] for the example in the text."""
        inputs, bias = torch.tensor([[1.0, 2.0]]), torch.tensor([0.0, 0.0, 10.0])
        weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        assert_close(student.linear(inputs, weight, bias), torch.tensor([[1.0, 2.0, 13.0]]))

    def test_linear_layer(self, student, rng):
        """linear gives what torch.nn.functional.linear gives for a batch of four."""
        inputs, weight = torch.randn(4, 3, generator=rng), torch.randn(2, 3, generator=rng)
        bias = torch.randn(2, generator=rng)
        expected = torch.nn.functional.linear(inputs, weight, bias)
        assert_close(student.linear(inputs, weight, bias), expected)


@exercise("batched_matrix_product")
class TestBatchedMatrixProduct:
    def test_product(self, student, rng):
        """product_per_sample multiplies each sheet with the sheet at the same place."""
        a, b = torch.randn(3, 4, 2, generator=rng), torch.randn(3, 2, 5, generator=rng)
        expected = torch.stack([a[i] @ b[i] for i in range(3)])
        assert_close(student.product_per_sample(a, b), expected)

    def test_similarities(self, student, rng):
        """similarities of the rows [1, 2] and [3, 4] is the table 5 11, 11 25."""
        x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
        assert_close(student.similarities(x), torch.tensor([[[5.0, 11.0], [11.0, 25.0]]]))

    def test_similarities_of_a_batch(self, student, rng):
        """similarities makes one table of four rows by four rows for each of three samples."""
        x = torch.randn(3, 4, 2, generator=rng)
        expected = torch.stack([sheet @ sheet.T for sheet in x])
        assert_close(student.similarities(x), expected)


@exercise("reduce_one_axis")
class TestReduceOneAxis:
    def test_mean(self, student, rng):
        """mean_per_day has one number a day, the mean of its row."""
        temperatures = torch.tensor(
            [[12.0, 18.0, 15.0], [11.0, 21.0, 16.0], [13.0, 18.0, 14.0], [9.0, 17.0, 13.0], [10.0, 20.0, 15.0]]
        )
        assert_close(student.mean_per_day(temperatures), torch.tensor([15.0, 16.0, 15.0, 13.0, 15.0]))

    def test_warmest(self, student, rng):
        """warmest_day finds the highest temperature of every time, and on which day it was."""
        temperatures = torch.tensor([[12.0, 19.0, 15.0], [11.0, 21.0, 16.0], [13.0, 18.0, 14.0]])
        answer = student.warmest_day(temperatures)
        assert_type(answer, (tuple, list), what="what warmest_day returned")
        assert_equal(len(answer), 2, what="the number of tensors that warmest_day returned")
        assert_close(answer[0], torch.tensor([13.0, 21.0, 16.0]), what="the first tensor")
        assert_close(answer[1], torch.tensor([2, 1, 1]), dtype=torch.int64, what="the second tensor")

    def test_frost(self, student, rng):
        """frost_per_day counts the readings below zero on each day."""
        temperatures = torch.tensor([[-3.0, 2.0, -1.0], [4.0, 9.0, 5.0], [-2.0, 1.0, 3.0]])
        assert_close(student.frost_per_day(temperatures), torch.tensor([2, 0, 1]), dtype=torch.int64)


@exercise("keep_the_axis")
class TestKeepTheAxis:
    def test_centre(self, student, rng):
        """centre_days subtracts from every reading the mean of its own day."""
        temperatures = torch.tensor([[12.0, 18.0, 15.0], [10.0, 21.0, 17.0]])
        assert_close(student.centre_days(temperatures), torch.tensor([[-3.0, 3.0, 0.0], [-6.0, 5.0, 1.0]]))

    def test_channel_means(self, student, rng):
        """channel_means has the shape (1, channels, 1, 1) and holds the mean of every channel."""
        images = torch.randn(5, 3, 4, 2, generator=rng)
        expected = torch.stack([images[:, channel].mean() for channel in range(3)]).reshape(1, 3, 1, 1)
        assert_close(student.channel_means(images), expected)

    def test_contrast(self, student, rng):
        """contrast has the shape (batch, 1, 1, 1) and holds largest minus smallest of every image."""
        images = torch.rand(4, 3, 2, 5, generator=rng)
        expected = torch.stack([image.max() - image.min() for image in images]).reshape(4, 1, 1, 1)
        assert_close(student.contrast(images), expected)


@exercise("numpy_bridge")
class TestNumpyBridge:
    def test_calibrate(self, student, rng):
        """calibrate_ changes the caller's float32 array."""
        array = np.array([[12.0, 19.0], [11.0, 21.0]], dtype=np.float32)
        with student.allow_inplace():
            student.calibrate_(array, -1.5)
        assert_close(array, np.array([[10.5, 17.5], [9.5, 19.5]], dtype=np.float32), what="the array of the caller")

    def test_record(self, student, rng):
        """record of [10, 20] with change [1, 2] and 2 steps is [10, 20], [11, 22], [12, 24]."""
        arrays = student.record(torch.tensor([10.0, 20.0]), torch.tensor([1.0, 2.0]), 2)
        assert_type(arrays, (list, tuple), what="what record returned")
        assert_equal(len(arrays), 3, what="the number of arrays")
        for index, values in enumerate(([10.0, 20.0], [11.0, 22.0], [12.0, 24.0])):
            assert_type(arrays[index], np.ndarray, what=f"array {index}")
            assert_close(arrays[index], np.array(values, dtype=np.float32), what=f"array {index}")

    def test_to_array(self, student, rng):
        """to_array turns a float32 tensor into a float32 array with the same values."""
        x = grid(2, 3, rng)
        array = student.to_array(x)
        assert_type(array, np.ndarray, what="what to_array returned")
        assert_equal(str(array.dtype), "float32", what="the dtype of the array")
        assert_close(array, x.numpy())
