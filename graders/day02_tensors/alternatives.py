"""Right answers to day 2 in other styles: every one of them deserves full marks."""

# ruff: noqa: F811  several right answers share the one name that they replace

from __future__ import annotations

import numpy as np
import torch

from proctorch.grading.vocabulary import alternative

# 1. Tensors from data


@alternative("tensors_from_data", "rows stacked one by one")
def tensor_from_rows(rows):
    return torch.stack([torch.tensor([float(value) for value in row]) for row in rows])


@alternative("tensors_from_data", "through NumPy, then converted")
def tensor_from_rows(rows):
    return torch.from_numpy(np.array(rows)).float()


@alternative("tensors_from_data", "the array's memory shared")
def tensor_from_array(array):
    return torch.as_tensor(array)


@alternative("tensors_from_data", "zeros of the same kind, filled in place")
def filled_like(grid, value):
    filled = torch.zeros_like(grid)
    filled += value
    return filled


@alternative("tensors_from_data", "shape, dtype and device passed on by hand")
def filled_like(grid, value):
    return torch.full(grid.size(), value, dtype=grid.dtype, device=grid.device)


# 2. Tensors from a pattern


@alternative("tensors_from_patterns", "a float video, converted")
def black_video(frames, height, width):
    return torch.zeros((frames, 3, height, width)).byte()


@alternative("tensors_from_patterns", "one number repeated")
def equal_weights(n):
    return torch.full((n,), 1 / n)


@alternative("tensors_from_patterns", "a list from range")
def hours(first, last, step):
    return torch.tensor(list(range(first, last + step, step)))


@alternative("tensors_from_patterns", "counted steps, calculated in float64")
def marks(low, high, count):
    steps = torch.arange(count, dtype=torch.float64)
    return (low + steps * (high - low) / (count - 1)).float()


@alternative("tensors_from_patterns", "ones written on the diagonal")
def identity(n):
    matrix = torch.zeros(n, n)
    for i in range(n):
        matrix[i, i] = 1
    return matrix


@alternative("tensors_from_patterns", "rows compared with columns")
def identity(n):
    index = torch.arange(n)
    return (index[:, None] == index).float()


# 3. A tensor's passport


@alternative("tensor_passport", "methods instead of attributes, plain tuple")
def passport(x):
    shape = tuple(x.size())
    return {
        "axes": x.dim(),
        "shape": shape,
        "entries": x.nelement(),
        "dtype": x.dtype,
        "device": x.device,
        "bytes": x.nbytes,
    }


@alternative("tensor_passport", "everything calculated from the shape")
def passport(x):
    entries = 1
    for size in x.shape:
        entries *= size
    result = {"shape": x.shape, "axes": len(x.shape), "entries": entries}
    result |= {"dtype": x.dtype, "device": x.device, "bytes": entries * x.dtype.itemsize}
    return result


@alternative("tensor_passport", "made small, then moved and converted")
def planned_passport(shape, dtype, device):
    return passport(torch.ones(shape).to(dtype).to(device))


@alternative("tensor_passport", "zeros on the device")
def planned_passport(shape, dtype, device):
    x = torch.zeros(*shape, dtype=dtype, device=device)
    return passport(x)


# 4. Converting


@alternative("convert_tensors", "true division of whole numbers")
def pixels_to_unit(image):
    return image / 255


@alternative("convert_tensors", "float64 inside")
def pixels_to_unit(image):
    return image.double().mul(1 / 255).float()


@alternative("convert_tensors", "floor of the value plus a half")
def whole_degrees(temperatures):
    return torch.floor(temperatures + 0.5).long()


@alternative("convert_tensors", "Python's round in a loop")
def whole_degrees(temperatures):
    return torch.tensor([[round(value) for value in row] for row in temperatures.tolist()])


@alternative("convert_tensors", "like another tensor, by name")
def match(x, other):
    return x.type_as(other)


@alternative("convert_tensors", "first the device, then the dtype")
def match(x, other):
    moved = x.to(other.device)
    return moved.to(dtype=other.dtype)


# 5. The temperature adjustment


@alternative("adjust_temperatures", "in place on an own copy")
def adjust(temperatures, adjustment):
    if tuple(temperatures.size()) != tuple(adjustment.size()):
        raise ValueError
    result = temperatures.clone()
    result += adjustment
    return result


@alternative("adjust_temperatures", "entry by entry in a loop")
def adjust(temperatures, adjustment):
    if temperatures.shape != adjustment.shape:
        raise ValueError("every reading needs its own adjustment")
    days, times = temperatures.shape
    result = torch.empty_like(temperatures)
    for i in range(days):
        for j in range(times):
            result[i, j] = temperatures[i, j] + adjustment[i, j]
    return result


@alternative("adjust_temperatures", "the factor first, as one number")
def to_fahrenheit(celsius):
    return 32 + 1.8 * celsius


@alternative("adjust_temperatures", "one fused call with numbers as tensors")
def to_fahrenheit(celsius):
    return torch.add(torch.full_like(celsius, 32), celsius, alpha=1.8)


@alternative("adjust_temperatures", "the difference times itself")
def squared_error(forecast, measured):
    difference = torch.sub(measured, forecast)
    return torch.mul(difference, difference)


@alternative("adjust_temperatures", "the built-in loss without reduction")
def squared_error(forecast, measured):
    return torch.nn.functional.mse_loss(forecast, measured, reduction="none")


# 6. Broadcasting


@alternative("broadcast_row_and_column", "the row copied for every day")
def add_per_time(temperatures, per_time):
    return temperatures + per_time.repeat(temperatures.shape[0], 1)


@alternative("broadcast_row_and_column", "day by day in a loop")
def add_per_day(temperatures, per_day):
    return torch.stack([day + number for day, number in zip(temperatures, per_day, strict=True)])


@alternative("broadcast_row_and_column", "transposed there and back")
def add_per_day(temperatures, per_day):
    return (temperatures.T + per_day).T


@alternative("broadcast_row_and_column", "in place on an own copy, column by column")
def add_per_day(temperatures, per_day):
    result = temperatures.clone()
    for j in range(temperatures.shape[1]):
        result[:, j] += per_day
    return result


@alternative("broadcast_row_and_column", "reshaped and expanded by hand")
def sum_table(per_day, per_time):
    shape = (len(per_day), len(per_time))
    return per_day.reshape(-1, 1).expand(shape) + per_time.reshape(1, -1).expand(shape)


@alternative("broadcast_row_and_column", "outer products with ones")
def sum_table(per_day, per_time):
    return torch.outer(per_day, torch.ones_like(per_time)) + torch.outer(torch.ones_like(per_day), per_time)


# 7. The matrix product


@alternative("matrix_product", "three letters of einsum")
def matrix_product(a, b):
    return torch.einsum("nk,km->nm", a, b)


@alternative("matrix_product", "broadcast, multiply, sum")
def matrix_product(a, b):
    return (a.unsqueeze(2) * b.unsqueeze(0)).sum(dim=1)


@alternative("matrix_product", "a sum of outer products")
def matrix_product(a, b):
    result = a.new_zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        result = result + torch.outer(a[:, k], b[k])
    return result


@alternative("matrix_product", "entry by entry in a loop")
def matrix_product(a, b):
    result = torch.zeros(a.shape[0], b.shape[1], dtype=a.dtype)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            result[i, j] = torch.dot(a[i], b[:, j])
    return result


@alternative("matrix_product", "PyTorch's own layer")
def linear(inputs, weight, bias):
    return torch.nn.functional.linear(inputs, weight, bias)


@alternative("matrix_product", "float64 inside, transposed there and back")
def linear(inputs, weight, bias):
    result = (weight.double() @ inputs.double().T + bias.double().unsqueeze(1)).T
    return result.to(inputs.dtype)


@alternative("matrix_product", "bias first, product added")
def linear(inputs, weight, bias):
    return torch.addmm(bias, inputs, weight.t())


# 8. Batches of matrix products


@alternative("batched_matrix_product", "the batched function by name")
def product_per_sample(a, b):
    return torch.bmm(a, b)


@alternative("batched_matrix_product", "sheet by sheet in a loop")
def product_per_sample(a, b):
    result = torch.zeros(a.shape[0], a.shape[1], b.shape[2], dtype=a.dtype)
    for i in range(len(a)):
        result[i] = a[i] @ b[i]
    return result


@alternative("batched_matrix_product", "broadcast, multiply, sum")
def product_per_sample(a, b):
    return (a[:, :, :, None] * b[:, None, :, :]).sum(dim=2)


@alternative("batched_matrix_product", "letters of einsum")
def similarities(x):
    return torch.einsum("bik,bjk->bij", x, x)


@alternative("batched_matrix_product", "each sheet laid on its side by mT")
def similarities(x):
    return torch.matmul(x, x.mT)


@alternative("batched_matrix_product", "rows against rows, float64 inside")
def similarities(x):
    wide = x.double()
    return (wide.unsqueeze(2) * wide.unsqueeze(1)).sum(dim=-1).to(x.dtype)


# 9. Reductions


@alternative("reduce_one_axis", "sum divided by the number of times")
def mean_per_day(temperatures):
    return temperatures.sum(dim=-1) / temperatures.shape[1]


@alternative("reduce_one_axis", "day by day in a loop")
def mean_per_day(temperatures):
    return torch.stack([day.mean() for day in temperatures])


@alternative("reduce_one_axis", "a product with equal weights")
def mean_per_day(temperatures):
    times = temperatures.shape[1]
    return temperatures @ torch.full((times,), 1 / times, dtype=temperatures.dtype)


@alternative("reduce_one_axis", "the named pair as it comes")
def warmest_day(temperatures):
    return torch.max(temperatures, 0)


@alternative("reduce_one_axis", "how much and where asked one after the other")
def warmest_day(temperatures):
    return temperatures.amax(0), temperatures.argmax(0)


@alternative("reduce_one_axis", "sorted, last row taken")
def warmest_day(temperatures):
    values, days = torch.sort(temperatures, dim=0)
    return values[-1], days[-1]


@alternative("reduce_one_axis", "counted by the built-in")
def frost_per_day(temperatures):
    return torch.count_nonzero(temperatures < 0, dim=1)


@alternative("reduce_one_axis", "counted in Python")
def frost_per_day(temperatures):
    return torch.tensor([sum(1 for value in day if value < 0) for day in temperatures.tolist()])


# 10. Keep the axis


@alternative("keep_the_axis", "the axis put back afterwards")
def centre_days(temperatures):
    return temperatures - temperatures.mean(1)[:, None]


@alternative("keep_the_axis", "day by day in a loop")
def centre_days(temperatures):
    return torch.stack([day - day.mean() for day in temperatures])


@alternative("keep_the_axis", "one axis after the other")
def channel_means(images):
    return images.mean(3, keepdim=True).mean(2, keepdim=True).mean(0, keepdim=True)


@alternative("keep_the_axis", "channels in front, flattened, float64 inside")
def channel_means(images):
    channels = images.shape[1]
    flat = images.double().transpose(0, 1).reshape(channels, -1)
    return flat.mean(dim=1).to(images.dtype).view(1, channels, 1, 1)


@alternative("keep_the_axis", "each image flattened")
def contrast(images):
    flat = images.flatten(start_dim=1)
    return (flat.max(dim=1).values - flat.min(dim=1).values).reshape(-1, 1, 1, 1)


@alternative("keep_the_axis", "image by image in a loop")
def contrast(images):
    return torch.stack([(image.max() - image.min()).view(1, 1, 1) for image in images])


# 11. The bridge to NumPy


@alternative("numpy_bridge", "an augmented sum on the shared tensor")
def calibrate_(array, offset):
    tensor = torch.as_tensor(array)
    tensor += offset


@alternative("numpy_bridge", "the shared tensor overwritten with the sum")
def calibrate_(array, offset):
    tensor = torch.from_numpy(array)
    tensor.copy_(tensor + offset)


@alternative("numpy_bridge", "a new tensor every step")
def record(start, change, steps):
    arrays, now = [], start
    for step in range(steps + 1):
        arrays.append(now.numpy())
        if step < steps:
            now = now + change
    return arrays


@alternative("numpy_bridge", "a multiple of the change")
def record(start, change, steps):
    return [(start + step * change).numpy() for step in range(steps + 1)]


@alternative("numpy_bridge", "NumPy all the way")
def record(start, change, steps):
    first, delta = start.numpy().copy(), change.numpy()
    arrays = [first]
    while len(arrays) <= steps:
        arrays.append(arrays[-1] + delta)
    return arrays


@alternative("numpy_bridge", "to the CPU first, and copied")
def to_array(x):
    return x.detach().cpu().clone().numpy()


@alternative("numpy_bridge", "NumPy asks for the values")
def to_array(x):
    return np.asarray(x.detach())
