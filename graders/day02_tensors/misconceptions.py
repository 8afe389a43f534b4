"""What students get wrong on day 2, each mistake with the hint that its author deserves."""

# ruff: noqa: F811  several wrong answers share the one name that they replace

from __future__ import annotations

import numpy as np
import torch

from proctorch.grading.vocabulary import misconception

# 1. Tensors from data


@misconception(
    "tensors_from_data",
    "lets PyTorch guess the dtype",
    hint="Try it with [[12, 19]] and look at the dtype. What does torch.tensor pick when every number is whole?",
)
def tensor_from_rows(rows):
    return torch.tensor(rows)


@misconception(
    "tensors_from_data",
    "takes the detour through NumPy",
    hint="NumPy's floats have 64 bits, and a tensor made from them keeps all 64. Which dtype does the text ask for?",
)
def tensor_from_rows(rows):
    return torch.from_numpy(np.array(rows, dtype=float))


@misconception(
    "tensors_from_data",
    "uses the capital-T constructor",
    hint="torch.Tensor and torch.tensor are two different things. Print the dtype that each makes of an array of ints.",
)
def tensor_from_array(array):
    return torch.Tensor(array)


@misconception(
    "tensors_from_data",
    "flattens the array",
    hint="Compare the shape of what you return with array.shape. Where did the rows go?",
)
def tensor_from_array(array):
    return torch.from_numpy(array.ravel())


@misconception(
    "tensors_from_data",
    "copies the shape but not the dtype",
    hint="The shape does not say which kind of number the grid holds. What do the functions ending in _like copy?",
)
def filled_like(grid, value):
    return torch.full(tuple(grid.shape), value)


@misconception(
    "tensors_from_data",
    "always fills with floats",
    hint="Hand in a grid of whole numbers: which dtype comes back, and which one was asked for?",
)
def filled_like(grid, value):
    return torch.ones(grid.shape) * value


@misconception(
    "tensors_from_data",
    "fills the grid that it was given",
    hint="A method whose name ends in _ writes into its tensor. Whose tensor is that here? (House rule 1.)",
)
def filled_like(grid, value):
    return grid.fill_(value)


# 2. Tensors from a pattern


@misconception(
    "tensors_from_patterns",
    "makes the video of floats",
    hint="torch.zeros makes floats unless you say otherwise. In which dtype are pictures stored?",
)
def black_video(frames, height, width):
    return torch.zeros(frames, 3, height, width)


@misconception(
    "tensors_from_patterns",
    "puts the colours last",
    hint="Read the shape in the text from left to right. Where does the 3 stand?",
)
def black_video(frames, height, width):
    return torch.zeros(frames, height, width, 3, dtype=torch.uint8)


@misconception(
    "tensors_from_patterns",
    "makes weights that do not sum to one",
    hint="Print equal_weights(4).sum(). What should it be, and what does each of the four have to be for that?",
)
def equal_weights(n):
    return torch.ones(n)


@misconception(
    "tensors_from_patterns",
    "stops before the last hour",
    hint="torch.arange stops before its end, as range does. Is the last hour in your result?",
)
def hours(first, last, step):
    return torch.arange(first, last, step)


@misconception(
    "tensors_from_patterns",
    "takes the step for a number of points",
    hint="hours(6, 18, 6) has three entries. One of arange and linspace asks how far apart, the other how many.",
)
def hours(first, last, step):
    return torch.linspace(first, last, step).to(torch.int64)


@misconception(
    "tensors_from_patterns",
    "counts the hours in floats",
    hint="The hours are right. Look at their dtype: which one does the text ask for?",
)
def hours(first, last, step):
    return torch.arange(first, last + 1, step, dtype=torch.float32)


@misconception(
    "tensors_from_patterns",
    "leaves the upper end out",
    hint="Is high among your marks? Five marks have only four gaps between them.",
)
def marks(low, high, count):
    return low + torch.arange(count) * ((high - low) / count)


@misconception(
    "tensors_from_patterns",
    "fills the whole square with ones",
    hint="Multiply any matrix by your identity: does it come back unchanged? Only the diagonal holds ones.",
)
def identity(n):
    return torch.ones(n, n)


# 3. A tensor's passport


@misconception(
    "tensor_passport",
    "takes the length for the number of entries",
    hint="len(x) is the length of the first axis only, and some tensors have no axis. What counts all the entries?",
)
def passport(x):
    return {
        "axes": x.ndim,
        "shape": x.shape,
        "entries": len(x),
        "dtype": x.dtype,
        "device": x.device,
        "bytes": x.numel() * x.element_size(),
    }


@misconception(
    "tensor_passport",
    "takes the first size for the number of axes",
    hint="How many indices does it take to name one entry? That is not how long the first axis is.",
)
def passport(x):
    return {
        "axes": len(x),
        "shape": x.shape,
        "entries": x.numel(),
        "dtype": x.dtype,
        "device": x.device,
        "bytes": x.numel() * x.element_size(),
    }


@misconception(
    "tensor_passport",
    "counts four bytes for every number",
    hint="Four bytes are right for float32. What does a uint8 take, and how can the tensor tell you?",
)
def passport(x):
    return {
        "axes": x.ndim,
        "shape": x.shape,
        "entries": x.numel(),
        "dtype": x.dtype,
        "device": x.device,
        "bytes": x.numel() * 4,
    }


@misconception(
    "tensor_passport",
    "gives the size of one entry as the size of all",
    hint="x.element_size() is the room that one number takes. How many numbers are there?",
)
def passport(x):
    return {
        "axes": x.ndim,
        "shape": x.shape,
        "entries": x.numel(),
        "dtype": x.dtype,
        "device": x.device,
        "bytes": x.element_size(),
    }


@misconception(
    "tensor_passport",
    "writes dtype and device as strings",
    hint='"torch.float32" in quotes is only a string. The text asks for the dtype and the device themselves.',
)
def passport(x):
    return {
        "axes": x.ndim,
        "shape": x.shape,
        "entries": x.numel(),
        "dtype": str(x.dtype),
        "device": str(x.device),
        "bytes": x.numel() * x.element_size(),
    }


@misconception(
    "tensor_passport",
    "plans without the device",
    hint="Ask for a passport on the device meta. What does yours say, and what happened to the third parameter?",
)
def planned_passport(shape, dtype, device):
    return passport(torch.zeros(shape, dtype=dtype))


@misconception(
    "tensor_passport",
    "plans without the dtype",
    hint="Plan the same shape once in float64 and once in uint8. Should both take the same room?",
)
def planned_passport(shape, dtype, device):
    return passport(torch.zeros(shape, device=device))


# 4. Converting


@misconception(
    "convert_tensors",
    "converts the pixels but does not scale them",
    hint="The dtype is right. Now print the largest value: it should be 1.",
)
def pixels_to_unit(image):
    return image.to(torch.float32)


@misconception(
    "convert_tensors",
    "divides whole numbers by whole numbers",
    hint="// throws away everything behind the decimal point. What is left of 51 // 255?",
)
def pixels_to_unit(image):
    return (image // 255).to(torch.float32)


@misconception(
    "convert_tensors",
    "divides by 256",
    hint="What does the brightest pixel become? There are 256 values, but the largest of them is not 256.",
)
def pixels_to_unit(image):
    return image.to(torch.float32) / 256


@misconception(
    "convert_tensors",
    "cuts off instead of rounding",
    hint="Try 19.8 and -3.6. Going to whole numbers drops what is behind the point. What has to happen before?",
)
def whole_degrees(temperatures):
    return temperatures.to(torch.int64)


@misconception(
    "convert_tensors",
    "adds a half and cuts off",
    hint="That recipe works above zero. Try -3.6 by hand: which way does cutting off go below zero?",
)
def whole_degrees(temperatures):
    return (temperatures + 0.5).to(torch.int64)


@misconception(
    "convert_tensors",
    "rounds but stays with floats",
    hint="The degrees are right, and still floats. Print the dtype.",
)
def whole_degrees(temperatures):
    return temperatures.round()


@misconception(
    "convert_tensors",
    "forgets that .to returns a new tensor",
    hint="x.to(...) does not change x. Where does its result go in your code?",
)
def match(x, other):
    x.to(other.dtype)
    return x


@misconception(
    "convert_tensors",
    "converts the wrong one of the two",
    hint="Whose values should come back, those of x or those of other?",
)
def match(x, other):
    return other.to(x.dtype)


@misconception(
    "convert_tensors",
    "reads the same bytes as another dtype",
    hint="view(dtype) keeps the bytes and changes what they mean. You want to keep the values.",
)
def match(x, other):
    return x.view(other.dtype)


# 5. The temperature adjustment


@misconception(
    "adjust_temperatures",
    "adds in place",
    hint="+= writes into the tensor that your caller still holds. Print the temperatures before and after the call.",
)
def adjust(temperatures, adjustment):
    if temperatures.shape != adjustment.shape:
        raise ValueError("the shapes differ")
    temperatures += adjustment
    return temperatures


@misconception(
    "adjust_temperatures",
    "lets PyTorch stretch the smaller grid",
    hint="Add a grid of shape (1, 3) to one of shape (5, 3): PyTorch does not complain. Who should?",
)
def adjust(temperatures, adjustment):
    return temperatures + adjustment


@misconception(
    "adjust_temperatures",
    "compares how many entries there are",
    hint="A grid of shape (1, 4) and one of shape (4, 1) both have four entries. What exactly do you compare?",
)
def adjust(temperatures, adjustment):
    if temperatures.numel() != adjustment.numel():
        raise ValueError("the shapes differ")
    return temperatures + adjustment


@misconception(
    "adjust_temperatures",
    "complains with an assert",
    hint="Something is raised, but what? An assert raises an AssertionError. Which exception does the text ask for?",
)
def adjust(temperatures, adjustment):
    assert temperatures.shape == adjustment.shape
    return temperatures + adjustment


@misconception(
    "adjust_temperatures",
    "loses the thread of gradients",
    hint="Your numbers are right, but PyTorch cannot follow how you got them. What cuts the thread? (House rule 3.)",
)
def adjust(temperatures, adjustment):
    if temperatures.shape != adjustment.shape:
        raise ValueError("the shapes differ")
    return torch.tensor((temperatures + adjustment).tolist(), dtype=temperatures.dtype)


@misconception(
    "adjust_temperatures",
    "adds 32 before multiplying",
    hint="What does your function make of 0 degrees Celsius? Look at the order of the two steps.",
)
def to_fahrenheit(celsius):
    return (celsius + 32) * 9 / 5


@misconception(
    "adjust_temperatures",
    "turns the factor upside down",
    hint="Water boils at 212 °F. Does it in your function? Which way round is the fraction?",
)
def to_fahrenheit(celsius):
    return celsius * 5 / 9 + 32


@misconception(
    "adjust_temperatures",
    "averages the errors into one number",
    hint="Compare the shape of your result with the shape of the forecast. The text asks for one error a place.",
)
def squared_error(forecast, measured):
    return ((forecast - measured) ** 2).mean()


@misconception(
    "adjust_temperatures",
    "forgets the square",
    hint="Try a forecast that is 3 degrees too low. What should its squared error be?",
)
def squared_error(forecast, measured):
    return (forecast - measured).abs()


@misconception(
    "adjust_temperatures",
    "squares with the matrix product",
    hint="@ meets rows with columns. Which sign meets each entry with itself?",
)
def squared_error(forecast, measured):
    difference = forecast - measured
    return difference @ difference


# 6. Broadcasting


@misconception(
    "broadcast_row_and_column",
    "adds the column as if it were a row",
    hint="Write (days, times) and the shape of your per_day under each other, right-aligned. Which axis does it meet?",
)
def add_per_day(temperatures, per_day):
    return temperatures + per_day


@misconception(
    "broadcast_row_and_column",
    "repeats the column in the wrong order",
    hint="repeat writes 1 2 1 2, and reshape fills row by row. Print the grid that you are about to add.",
)
def add_per_day(temperatures, per_day):
    return temperatures + per_day.repeat(temperatures.shape[1]).reshape(temperatures.shape)


@misconception(
    "broadcast_row_and_column",
    "turns the row into a column",
    hint="A row needs no new axis. Right-align the two shapes before you add one.",
)
def add_per_time(temperatures, per_time):
    return temperatures + per_time.unsqueeze(1)


@misconception(
    "broadcast_row_and_column",
    "writes into the grid that it was given",
    hint="Print the temperatures before and after the call. += changes them for your caller, too.",
)
def add_per_time(temperatures, per_time):
    temperatures += per_time
    return temperatures


@misconception(
    "broadcast_row_and_column",
    "adds two vectors place by place",
    hint="A table needs two axes. How many has the sum of two vectors?",
)
def sum_table(per_day, per_time):
    return per_day + per_time


@misconception(
    "broadcast_row_and_column",
    "swaps rows and columns of the table",
    hint="What stands in row 0 and column 1 of your table? It should be per_day[0] + per_time[1].",
)
def sum_table(per_day, per_time):
    return per_day.unsqueeze(0) + per_time.unsqueeze(1)


@misconception(
    "broadcast_row_and_column",
    "multiplies instead of adding",
    hint="The shape is right. Look at one entry: torch.outer makes a table of products.",
)
def sum_table(per_day, per_time):
    return torch.outer(per_day, per_time)


# 7. The matrix product


@misconception(
    "matrix_product",
    "multiplies place by place",
    hint="* meets the entry in the same place. Which sign meets rows with columns?",
)
def matrix_product(a, b):
    return a * b


@misconception(
    "matrix_product",
    "swaps the two matrices",
    hint="The order matters. Write both shapes side by side: which sizes have to be next to each other?",
)
def matrix_product(a, b):
    return b @ a


@misconception(
    "matrix_product",
    "meets rows with rows",
    hint="Rows of the first meet columns of the second. What does your transpose turn those columns into?",
)
def matrix_product(a, b):
    return a @ b.T


@misconception(
    "matrix_product",
    "forgets to lay the weights on their side",
    hint="The weight has the shape (outputs, inputs). Which two sizes must stand next to each other around the @?",
)
def linear(inputs, weight, bias):
    return inputs @ weight + bias


@misconception(
    "matrix_product",
    "forgets the bias",
    hint="Send in a batch of zeros. What should come out of the layer then?",
)
def linear(inputs, weight, bias):
    return inputs @ weight.T


@misconception(
    "matrix_product",
    "adds the bias down the batch",
    hint="There is one bias for each output. Which axis of the result are the outputs?",
)
def linear(inputs, weight, bias):
    return inputs @ weight.T + bias.unsqueeze(1)


@misconception(
    "matrix_product",
    "returns one column a sample",
    hint="The values may be right, but look at the shape: one row a sample, one column an output.",
)
def linear(inputs, weight, bias):
    return weight @ inputs.T + bias.unsqueeze(1)


@misconception(
    "matrix_product",
    "adds the bias before the product",
    hint="Where does the bias stand in the formula: inside the product, or behind it?",
)
def linear(inputs, weight, bias):
    return (inputs + bias) @ weight.T


# 8. Batches of matrix products


@misconception(
    "batched_matrix_product",
    "multiplies place by place",
    hint="* meets the entry in the same place, in a batch too. You want rows with columns inside each sheet.",
)
def product_per_sample(a, b):
    return a * b


@misconception(
    "batched_matrix_product",
    "uses the first sheet for the whole batch",
    hint="Each sheet of a has its own partner in b. Which sheet of b meets sheet 1 of a?",
)
def product_per_sample(a, b):
    return a @ b[0]


@misconception(
    "batched_matrix_product",
    "sums over the batch, too",
    hint="Which letters are left behind the arrow of your einsum? The batch axis should survive.",
)
def product_per_sample(a, b):
    return torch.einsum("bnk,bkm->nm", a, b)


@misconception(
    "batched_matrix_product",
    "glues the batch into one large matrix",
    hint="After reshape, rows of one sheet meet columns of another. Each sheet must stay by itself.",
)
def product_per_sample(a, b):
    glued = a.reshape(-1, a.shape[2]) @ b.reshape(b.shape[1], -1)
    return glued[:, : b.shape[2]].reshape(a.shape[0], a.shape[1], b.shape[2])


@misconception(
    "batched_matrix_product",
    "turns the whole batch around",
    hint="For a batch, .T reverses all the axes. Print the shape: which axis should stay in front?",
)
def similarities(x):
    return x @ x.permute(2, 1, 0)


@misconception(
    "batched_matrix_product",
    "swaps the batch with the rows",
    hint="Axis 0 is the batch. Which two axes are the rows and the columns of a sheet?",
)
def similarities(x):
    return x @ x.transpose(0, 1)


@misconception(
    "batched_matrix_product",
    "compares the columns instead of the rows",
    hint="Your table has one row a column of the sheet. On which side of the @ does the transposed sheet stand?",
)
def similarities(x):
    return x.transpose(1, 2) @ x


@misconception(
    "batched_matrix_product",
    "divides by the lengths of the rows",
    hint="The diagonal of your table is all ones: that is the cosine. The text asks for the plain sum of products.",
)
def similarities(x):
    rows = torch.nn.functional.normalize(x, dim=2)
    return rows @ rows.transpose(1, 2)


# 9. Reductions


@misconception(
    "reduce_one_axis",
    "averages over the wrong axis",
    hint="dim names the axis that disappears. What should be left over, days or times?",
)
def mean_per_day(temperatures):
    return temperatures.mean(dim=0)


@misconception(
    "reduce_one_axis",
    "averages everything into one number",
    hint="How many days does the grid have, and how many numbers do you return?",
)
def mean_per_day(temperatures):
    return temperatures.mean()


@misconception(
    "reduce_one_axis",
    "divides by the number of days",
    hint="len of a grid is its number of rows. How many readings does one day have?",
)
def mean_per_day(temperatures):
    return temperatures.sum(dim=1) / len(temperatures)


@misconception(
    "reduce_one_axis",
    "looks for the warmest time of each day",
    hint="You should return one entry for each time. Which axis has to disappear for that?",
)
def warmest_day(temperatures):
    values, times = temperatures.max(dim=1)
    return values, times


@misconception(
    "reduce_one_axis",
    "returns the days before the temperatures",
    hint="The two tensors are both right. Read in the text which one comes first.",
)
def warmest_day(temperatures):
    values, days = temperatures.max(dim=0)
    return days, values


@misconception(
    "reduce_one_axis",
    "says how warm, but not on which day",
    hint="Two tensors are asked for, and amax gives only one. Which function also says where?",
)
def warmest_day(temperatures):
    return temperatures.amax(dim=0)


@misconception(
    "reduce_one_axis",
    "adds up the frost instead of counting it",
    hint="How cold it was does not matter, only whether. What is True worth in a sum?",
)
def frost_per_day(temperatures):
    return torch.where(temperatures < 0, temperatures, 0.0).sum(dim=1).to(torch.int64)


@misconception(
    "reduce_one_axis",
    "takes zero for frost",
    hint="Put a reading of exactly 0 into a day. Is it below zero?",
)
def frost_per_day(temperatures):
    return (temperatures <= 0).sum(dim=1)


@misconception(
    "reduce_one_axis",
    "says whether, not how often",
    hint="any answers yes or no. A day can have two readings below zero.",
)
def frost_per_day(temperatures):
    return (temperatures < 0).any(dim=1).to(torch.int64)


# 10. Keep the axis


@misconception(
    "keep_the_axis",
    "loses the axis before subtracting",
    hint="Print the shapes of the two things that you subtract and right-align them. Which axis does the mean meet?",
)
def centre_days(temperatures):
    return temperatures - temperatures.mean(dim=1)


@misconception(
    "keep_the_axis",
    "subtracts the mean of each time",
    hint="dim names the axis that disappears. After your subtraction, which means are zero, those of days or of times?",
)
def centre_days(temperatures):
    return temperatures - temperatures.mean(dim=0, keepdim=True)


@misconception(
    "keep_the_axis",
    "subtracts one mean from everything",
    hint="Every day has its own mean. How many means did you calculate?",
)
def centre_days(temperatures):
    return temperatures - temperatures.mean()


@misconception(
    "keep_the_axis",
    "lets the axes disappear",
    hint="The numbers are right, the shape is not. What keeps an axis, with size 1?",
)
def channel_means(images):
    return images.mean(dim=(0, 2, 3))


@misconception(
    "keep_the_axis",
    "averages each image by itself",
    hint="One mean a channel over the whole batch: which axes have to shrink? Count them again.",
)
def channel_means(images):
    return images.mean(dim=(2, 3), keepdim=True)


@misconception(
    "keep_the_axis",
    "averages over the channels instead of keeping them",
    hint="Which axis do you name in dim that should have stayed? Axis 0 is the batch, axis 1 the channels.",
)
def channel_means(images):
    return images.mean(dim=(1, 2, 3), keepdim=True)


@misconception(
    "keep_the_axis",
    "takes one contrast for the whole batch",
    hint="max and min without dim look at all the images at once. Each image should get its own contrast.",
)
def contrast(images):
    return (images.max() - images.min()).reshape(1, 1, 1, 1).expand(images.shape[0], 1, 1, 1)


@misconception(
    "keep_the_axis",
    "takes the contrast of each channel",
    hint="Your result has a number for every channel. Which axis is missing in your dim?",
)
def contrast(images):
    return images.amax(dim=(2, 3), keepdim=True) - images.amin(dim=(2, 3), keepdim=True)


@misconception(
    "keep_the_axis",
    "takes the smallest value to be zero",
    hint="Pictures between 0 and 1 often contain a 0, but not always. What is subtracted from the largest value?",
)
def contrast(images):
    return images.amax(dim=(1, 2, 3), keepdim=True)


# 11. The bridge to NumPy


@misconception(
    "numpy_bridge",
    "writes somewhere else than into the array",
    hint="Print the array after the call: nothing happened to it. At which line did your tensor leave its memory?",
)
def calibrate_(array, offset):
    tensor = torch.from_numpy(array)
    tensor = tensor + offset


@misconception(
    "numpy_bridge",
    "converts on the way",
    hint="It works for float32, but not for float64: there, .float() has to make a new tensor, and the sharing ends.",
)
def calibrate_(array, offset):
    torch.from_numpy(array).float().add_(offset)


@misconception(
    "numpy_bridge",
    "keeps the same memory for every step",
    hint="All your arrays show the same memory, and so the last step. What must happen before you store one?",
)
def record(start, change, steps):
    now = start.clone()
    arrays = [now.numpy()]
    for _ in range(steps):
        now += change
        arrays.append(now.numpy())
    return arrays


@misconception(
    "numpy_bridge",
    "warms up the start itself",
    hint="now = start is a second name, not a second tensor. Print start after the call.",
)
def record(start, change, steps):
    now = start
    arrays = [now.numpy().copy()]
    for _ in range(steps):
        now += change
        arrays.append(now.numpy().copy())
    return arrays


@misconception(
    "numpy_bridge",
    "forgets the start",
    hint="Count your arrays. Where are the values before the first step?",
)
def record(start, change, steps):
    return [(start + step * change).numpy() for step in range(1, steps + 1)]


@misconception(
    "numpy_bridge",
    "stops one step early",
    hint="After two steps there are three states. How many does range(steps) give you?",
)
def record(start, change, steps):
    return [(start + step * change).numpy() for step in range(steps)]


@misconception(
    "numpy_bridge",
    "does not cut the thread of gradients",
    hint="Try it with a tensor that has requires_grad=True, and read the last words of the error: they name the cure.",
)
def to_array(x):
    return x.numpy()


@misconception(
    "numpy_bridge",
    "goes through a Python list",
    hint="A list of numbers no longer knows its dtype. Which one does NumPy pick?",
)
def to_array(x):
    return np.array(x.tolist())
