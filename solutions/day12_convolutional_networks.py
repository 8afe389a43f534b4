# %% [markdown]
# # Day 12: Convolutional networks
#
# Remember the machine in the post office that reads postcodes? Its camera was screwed to the table, and every digit
# lay exactly in the middle of its picture. Last night somebody moved the table. These are two photographs of *the
# same* 7, each 12 by 12 pixels:
#
# ```text
#     +------------------------+        +------------------------+
#     |          ▒▒████░░      |        |                        |
#     |          ██████▓▓      |        |                        |
#     |            ░░██▓▓      |        |                        |
#     |            ▒▒██▓▓▒▒    |        |                        |
#     |          ██████▓▓░░    |        |    ▒▒████░░            |
#     |        ░░▓▓██▒▒        |        |    ██████▓▓            |
#     |          ▒▒██          |        |      ░░██▓▓            |
#     |          ▓▓▓▓          |        |      ▒▒██▓▓▒▒          |
#     |                        |        |    ██████▓▓░░          |
#     |                        |        |  ░░▓▓██▒▒              |
#     |                        |        |    ▒▒██                |
#     |                        |        |    ▓▓▓▓                |
#     +------------------------+        +------------------------+
# ```
#
# You see it at once. A linear layer does not: it has one weight for each *place*, and what it has learnt about the
# upper right corner tells it nothing about the lower left one. On such photographs softmax regression reads 30 of
# 100 digits, and a network with a big hidden layer 82. It would have to see every digit in every place.
#
# The way out is an idea of great beauty: **what is worth looking for in one place is worth looking for
# everywhere.** So take one small detector, three pixels wide perhaps, slide it over the whole picture, and note at
# each place how much it likes what it sees. That is a **convolution**. Its weights are few, they are shared by all
# places, and a digit that moves only moves the notes.
#
# Today you build a convolution by hand, first for one picture and one detector, then for many, then with all its
# knobs. You build pooling, you find out how far a network can see, you build the most famous network of the
# nineties, and in the evening your own network reads more than 90 of 100 digits, wherever they lie. At the very
# end you look at what it has learnt to look for.
#
# There are nine exercises of about 5 to 25 minutes each.
#
# ## House rules
#
# They hold in every exercise, unless its text says otherwise:
#
# 1. **Leave what you were given as it was.** Return new tensors, and do not write into the ones that came in.
# 2. **Keep the dtype.** float64 pictures give float64 results, with all the digits that they should have.
# 3. **Stay with tensors**, so that gradients can flow back to the inputs of your function, the kernels included.
#
# A single picture has the shape (height, width). From exercise 3 on there are always four axes, in PyTorch's order:
# (batch, channels, height, width). Pictures and kernels need not be square, and may have odd sizes. Every axis has at
# least one entry.
#
# PyTorch has nearly all of today ready-made. The checks look only at results, so nobody stops you from calling
# `torch.nn.functional.conv2d` in exercise 2. But once in your life you should have moved the window yourself: build it
# by hand, as slowly as you like (the pictures are small, and seven nested loops are fast enough for every check), and
# compare with the ready-made one afterwards.

# %%
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn

from proctorch.lab import digits


# %% [markdown]
# You will want to look at things. This prints any tensor of shape (height, width) as a picture, its smallest number
# as blank, its largest as full:


# %%
def picture(image: Float[Tensor, "height width"]) -> str:
    """Return a picture as text, two characters a pixel."""
    lowest, highest = image.min(), image.max()
    shades = ((image - lowest) / (highest - lowest).clamp(min=1e-12) * 4).round().long()
    return "\n".join("".join(2 * " ░▒▓█"[shade] for shade in row) for row in shades.tolist())


# %% [markdown]
# ## 1. How large is the result?
#
# A window of `kernel` pixels slides along a row of `size` pixels. How many places are there for it?
#
# ```text
#     size 7, kernel 3                      ■■■□□□□   □■■■□□□   □□■■■□□   □□□■■■□   □□□□■■■        5 places
#     ... with stride 2                     ■■■□□□□   □□■■■□□   □□□□■■■                            3 places
#     ... and with padding 1 as well        ■■■□□□□□·   ·□■■■□□□·   ·□□□■■■□·   ·□□□□□■■■          4 places
#     dilation 2, stride 1, no padding      ■□■□■□□   □■□■□■□   □□■□■□■                            3 places
# ```
#
# - The **stride** is how far the window jumps.
# - The **padding** is how many zeros are added at *each* end (drawn as `·`; a covered one is drawn as ■).
# - The **dilation** is the distance from one pixel of the window to its next. With dilation 1 they touch; with
#   dilation 2 every other pixel is left out. So a window of `kernel` pixels *spans* dilation · (kernel - 1) + 1 of
#   them.
#
# The first place is at the very left. From there the window can travel over what it does not cover itself, and
# every full stride of that is one more place. A last jump that would carry it over the edge is not made:
#
# ```text
#                 ⌊ size + 2 · padding - span ⌋
#     places  =   ⌊ ───────────────────────── ⌋  + 1          span = dilation · (kernel - 1) + 1
#                 ⌊          stride           ⌋
# ```
#
# Height and width follow the same formula, each by itself. It holds for pooling, too, and it is worth knowing by
# heart: "shapes cannot be multiplied" is the error message that you will see most often in your life with
# convolutional networks, and this formula is the answer each time.
#
# **Your turn.**
#
# - `output_size(size, kernel, stride, padding, dilation)`: the number of places, as an `int`. Where the window has no
#   place at all, because it spans more than the padded row, raise a `ValueError`.
# - `map_sizes(size, layers)`: the sizes all the way through a network, as a list: first `size` itself, and then the
#   size after each layer. A layer is a tuple `(kernel, stride, padding, dilation)`. Without layers the list has one
#   entry. A layer that does not fit raises a `ValueError`.
#
# This is LeNet, which you will meet in exercise 7; pooling is a layer like any other here:
#
# ```python
# >>> map_sizes(32, [(5, 1, 0, 1), (2, 2, 0, 1), (5, 1, 0, 1), (2, 2, 0, 1)])
# [32, 28, 14, 10, 5]
# ```


# %% exercise="output_size" points=2
def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Return floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1; raise ValueError if none fits."""
    ### BEGIN SOLUTION
    travel = size + 2 * padding - dilation * (kernel - 1) - 1
    if travel < 0:
        raise ValueError(f"a kernel of {kernel} with dilation {dilation} does not fit into {size} + 2 * {padding}")
    return travel // stride + 1
    ### END SOLUTION


def map_sizes(size: int, layers: list[tuple[int, int, int, int]]) -> list[int]:
    """Return the size of the input and the size after each layer (kernel, stride, padding, dilation)."""
    ### BEGIN SOLUTION
    sizes = [size]
    for kernel, stride, padding, dilation in layers:
        sizes.append(output_size(sizes[-1], kernel, stride, padding, dilation))
    return sizes
    ### END SOLUTION


# %% [markdown]
# ## 2. One picture, one kernel
#
# A detector is a small table of weights, the **kernel**. At each place, multiply what lies under the window by the
# kernel, entry by entry, and add everything up. One place, one number:
#
# ```text
#       picture              kernel              result
#
#       0  0  1  1  0                               |
#      +----+                -1  1                  ▼
#      |0  0| 1  1  0        -1  1          0   2   0  -2
#      |0  0| 1  1  0                       0   2   0  -2
#      +----+                               0   2   0  -2
#       0  0  1  1  0
# ```
#
# This kernel asks: *is it brighter on the right than on the left?* It says yes (2) where the white bar begins, no
# where nothing happens, and the contrary (-2) where the bar ends. Here is the 7 of above, and what two such kernels of
# 3 by 3 say about it, in absolute values: edges between left and right, and edges between top and bottom.
#
# ```text
#         the 7                  -1 0 1                 -1 -1 -1
#                                -1 0 1                  0  0  0
#                                -1 0 1                  1  1  1
#         ▒▒████░░            ▒▒▓▓░░░░▓▓▒▒           ░░▓▓████▒▒░░
#         ██████▓▓            ▒▒▓▓▒▒  ██▒▒           ░░▒▒▒▒
#           ░░██▓▓            ▒▒▒▒▒▒░░▓▓▓▓░░         ░░▒▒▒▒░░░░░░░░
#           ▒▒██▓▓▒▒          ░░▒▒▓▓░░▓▓▓▓░░         ░░▒▒▒▒░░
#         ██████▓▓░░          ▒▒▓▓░░░░▒▒▒▒░░         ░░▒▒░░░░▒▒▒▒░░
#       ░░▓▓██▒▒              ▓▓██░░▓▓▒▒░░           ░░░░▒▒▒▒▒▒░░
#         ▒▒██                ▓▓██▒▒██░░               ░░░░░░░░
#         ▓▓▓▓                ▒▒▒▒░░▒▒               ░░▒▒▒▒▒▒
# ```
#
# Nobody will choose kernels by hand, of course. They are weights, and gradient descent finds them.
#
# One word about the word. In a mathematician's convolution, the kernel is first turned by 180 degrees. In PyTorch,
# as in every other deep learning library, it is not; strictly speaking it is a *cross-correlation*. When the weights
# are learnt, it makes no difference. When you compare numbers with a signal processing library, it makes you lose an
# afternoon. We never turn the kernel.
#
# **Your turn.** `convolve(image, kernel)`: the result for each place of the kernel that lies wholly inside of the
# picture, without padding, stride 1. The kernel is never larger than the picture.
#
# ```python
# >>> bar = torch.tensor([[0.0, 0.0, 1.0, 1.0, 0.0]] * 4)
# >>> convolve(bar, torch.tensor([[-1.0, 1.0], [-1.0, 1.0]]))
# tensor([[ 0.,  2.,  0., -2.],
#         [ 0.,  2.,  0., -2.],
#         [ 0.,  2.,  0., -2.]])
# ```
#
# *A hint, if you like:* four loops will do. There is also a way with only two, over the entries of the *kernel*: each
# of them is multiplied by a whole shifted picture.


# %% exercise="one_channel" points=3
def convolve(
    image: Float[Tensor, "height width"],
    kernel: Float[Tensor, "kernel_height kernel_width"],
) -> Float[Tensor, "height-kernel_height+1 width-kernel_width+1"]:
    """Return at (i, j) the sum over m and n of image[i + m, j + n] · kernel[m, n]."""
    ### BEGIN SOLUTION
    height, width = output_size(image.shape[0], kernel.shape[0]), output_size(image.shape[1], kernel.shape[1])
    result = torch.zeros(height, width, dtype=image.dtype)
    for m in range(kernel.shape[0]):
        for n in range(kernel.shape[1]):
            result = result + kernel[m, n] * image[m : m + height, n : n + width]
    return result
    ### END SOLUTION


# %% [markdown]
# ## 3. Many channels in, many channels out
#
# A colour photograph has three **channels**: red, green and blue. A kernel for it has three layers as well, one for
# each channel; it looks *through* all of them, and still says one number a place: the products of all layers are added
# up. And one detector is not enough for a digit. You want many, each with a kernel of its own; what each of them says
# is one channel of the result, called its **feature map**.
#
# ```text
#      in_channels = 3            weight (2, 3, 3, 3)               out_channels = 2
#
#      +------+                 kernel 0: 3 layers of 3x3           +----+
#      | red  |--+              ─────────────────────────▶  sum  ─▶ |    |-+    map 0: "edges here!"
#      +------+  |--+                    + bias[0]                  +----+ |
#        | green|  |                                                  |    |    map 1: "red blobs here!"
#        +------+  |            kernel 1: 3 layers of 3x3             +----+
#           | blue |            ─────────────────────────▶  sum  ─▶
#           +------+                     + bias[1]
# ```
#
# The next layer takes these maps for its picture. Its "colours" are now *edges* and *blobs*, and it may look for a
# corner, which is one edge above another; the layer after it, for a 7. That is the whole secret of depth.
#
# In one line, for sample b, output channel o, and place (i, j):
#
# ```text
#     result[b, o, i, j]  =  bias[o]  +  sum over c, m, n of  images[b, c, i + m, j + n] · weight[o, c, m, n]
# ```
#
# Seven letters: b, o, i, j, c, m, n. Seven loops, if you like. The bias is added once a place, and is the same in all
# places.
#
# **Your turn.** `convolve_channels(images, weight, bias)`, without padding, stride 1.
#
# *Worth looking up:* `Tensor.unfold`, `torch.einsum`. The text of einsum can be read off the formula.


# %% exercise="many_channels" points=4
def convolve_channels(
    images: Float[Tensor, "batch in_channels height width"],
    weight: Float[Tensor, "out_channels in_channels kernel_height kernel_width"],
    bias: Float[Tensor, "out_channels"],
) -> Float[Tensor, "batch out_channels height-kernel_height+1 width-kernel_width+1"]:
    """Return bias[o] plus the sum over c, m, n of images[b, c, i + m, j + n] · weight[o, c, m, n]."""
    ### BEGIN SOLUTION
    windows = images.unfold(2, weight.shape[2], 1).unfold(3, weight.shape[3], 1)
    return torch.einsum("bcijmn,ocmn->boij", windows, weight) + bias[:, None, None]
    ### END SOLUTION


# %% [markdown]
# ## 4. Stride, padding, dilation
#
# Now the three knobs of exercise 1, on both axes at once. With them the formula reads
#
# ```text
#     result[b, o, i, j]  =  bias[o]  +  sum over c, m, n of
#                            padded[b, c, i · stride + m · dilation, j · stride + n · dilation] · weight[o, c, m, n]
# ```
#
# in which `padded` has `padding` rows and columns of zeros on *each* of the four sides of the picture.
#
# What are they good for? **Padding** keeps the size: a 3 by 3 kernel with padding 1 gives back as many pixels as came
# in, and the pixels of the border, which would be looked at less often than the others, get their due. **Stride** 2
# halves height and width, and so quarters the work of all later layers. **Dilation** sees far with few weights.
#
# ```text
#     kernel 3, padding 1                kernel 3, stride 2                   kernel 3, dilation 2
#
#     ■  ■  ■  ·  ·  ·                   ■  ■  ■  □  □                        ■  □  ■  □  ■
#     ■ [■] ■  □  □  ·                   ■ [■] ■ [□] □                        □  □  □  □  □
#     ■  ■  ■  □  □  ·                   ■  ■  ■  □  □                        ■  □ [■] □  ■
#     ·  □  □  □  □  ·                   □ [□] □ [□] □                        □  □  □  □  □
#     ·  ·  ·  ·  ·  ·                   □  □  □  □  □                        ■  □  ■  □  ■
#     the window's centre may            its centre in its                    one place: nine weights,
#     lie on the very border             four places                          five pixels wide
# ```
#
# **Your turn.** `conv2d(images, weight, bias, stride, padding, dilation)`. The three knobs are whole numbers, the same
# for height and width; stride and dilation are at least 1, padding at least 0. The height and width of the result are
# those of exercise 1; the last rows or columns that no window reaches are left out. Every kernel fits.
#
# ```python
# >>> images, weight = torch.zeros(5, 3, 9, 12), torch.ones(8, 3, 3, 3)
# >>> conv2d(images, weight, torch.zeros(8), 2, 1, 1).shape
# torch.Size([5, 8, 5, 6])
# ```
#
# **Memory.** Each check may use 512 MiB and 15 seconds. The largest picture has 120 by 110 pixels, one channel and a
# kernel of 2 by 2: whether you loop or unfold, that is very little. What does *not* fit is to write the convolution as
# one big matrix from all input pixels to all output pixels, nearly all of it zeros: it would need 685 MB.


# %% exercise="stride_and_padding" points=4
def conv2d(
    images: Float[Tensor, "batch in_channels height width"],
    weight: Float[Tensor, "out_channels in_channels kernel_height kernel_width"],
    bias: Float[Tensor, "out_channels"],
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Float[Tensor, "batch out_channels _ _"]:
    """Return the convolution of zero-padded images; the window jumps by stride, its pixels are dilation apart."""
    ### BEGIN SOLUTION
    kernel_height, kernel_width = weight.shape[2:]
    height = output_size(images.shape[2], kernel_height, stride, padding, dilation)
    width = output_size(images.shape[3], kernel_width, stride, padding, dilation)
    padded = nn.functional.pad(images, (padding, padding, padding, padding))
    result = bias[:, None, None]
    for m in range(kernel_height):
        for n in range(kernel_width):
            shifted = padded[:, :, m * dilation :: stride, n * dilation :: stride]
            seen = shifted[:, :, :height, :width]
            result = result + torch.einsum("bcij,oc->boij", seen, weight[:, :, m, n])
    return result
    ### END SOLUTION


# %% [markdown]
# ## 5. Pooling
#
# A map says "there is an edge at row 3, column 5". For reading a 7 you do not need to know it that exactly, and you
# should not: the next writer puts it one pixel lower. **Pooling** keeps *that* something was found, and forgets a
# little of *where*. It also slides a window, over each channel by itself, but it has no weights:
#
# ```text
#      1   3   2   0
#      4   2   1   1         max pooling        4   2          average pooling     2.5   1
#      0   1  -5  -2         size 2, stride 2   1  -2          size 2, stride 2    0.5  -3.5
#      1   0  -4  -3
# ```
#
# ```python
# >>> numbers = torch.tensor([[1.0, 3, 2, 0], [4, 2, 1, 1], [0, 1, -5, -2], [1, 0, -4, -3]]).reshape(1, 1, 4, 4)
# >>> max_pool(numbers, 2, 2)
# tensor([[[[ 4.,  2.],
#           [ 1., -2.]]]])
# >>> average_pool(numbers, 3, 1).shape
# torch.Size([1, 1, 2, 2])
# ```
#
# **Max pooling** asks "did you see it anywhere in here?", **average pooling** "how much of it is there?" Commonly
# windows lie side by side, stride = size, but they may overlap (stride less than size) or leave gaps (stride more than
# size). Rows and columns at the end that fill no whole window are left out.
#
# And backwards? The average passes its gradient on to all pixels of the window in equal parts, the maximum all of it to
# the winner. If you stay with tensors, PyTorch does that for you.
#
# **Your turn.** `max_pool(images, size, stride)` and `average_pool(images, size, stride)`, with square windows of
# `size` by `size` pixels, without padding. The numbers of a feature map may all be negative. A window is never larger
# than the picture.


# %% exercise="pooling" points=3
def max_pool(
    images: Float[Tensor, "batch channels height width"], size: int, stride: int
) -> Float[Tensor, "batch channels _ _"]:
    """Return the largest number of each window."""
    ### BEGIN SOLUTION
    return images.unfold(2, size, stride).unfold(3, size, stride).amax(dim=(-2, -1))
    ### END SOLUTION


def average_pool(
    images: Float[Tensor, "batch channels height width"], size: int, stride: int
) -> Float[Tensor, "batch channels _ _"]:
    """Return the mean of each window."""
    ### BEGIN SOLUTION
    return images.unfold(2, size, stride).unfold(3, size, stride).mean(dim=(-2, -1))
    ### END SOLUTION


# %% [markdown]
# ## 6. How far can it see?
#
# A unit of the first layer looks at 3 by 3 pixels. A unit of the second layer looks at 3 by 3 units of the first, and
# these, together, at 5 by 5 pixels. What a unit can see of the *input* is its **receptive field**. If it is smaller
# than a digit, the unit cannot know the digit, whatever the training.
#
# ```text
#     layer 2                      ■                       1 unit
#                                ╱ │ ╲
#     layer 1                  ■   ■   ■                   3 units
#                            ╱ │ ╳ │ ╳ │ ╲
#     input            □   ■   ■   ■   ■   ■   □           5 pixels
# ```
#
# Go backwards, from the unit to the pixels, and keep two numbers: the *first* and the *last* position that it sees. In
# a layer (kernel, stride, padding, dilation), the unit at position p begins to look at p · stride - padding, and its
# window spans dilation · (kernel - 1) + 1. So, one layer down, two units `first` and `last` see everything
#
# ```text
#     from   first · stride - padding     to   last · stride - padding + dilation · (kernel - 1)
# ```
#
# Then the next layer down, until you are at the input. For a network of two 3 by 3 convolutions with a pooling (2,
# stride 2) between them, and position 4 of the last map:
#
# ```text
#     layers  (3, 1, 1, 1)  (2, 2, 0, 1)  (3, 1, 1, 1)
#
#     last convolution      units    4 ... 4     see     3 ... 5
#     pooling               units    3 ... 5     see     6 ... 11
#     first convolution     units    6 ... 11    see     5 ... 12      8 pixels: a digit!
# ```
#
# Near the border the window may reach into the padding: its first position may be negative, its last one beyond the
# picture.
#
# **Your turn**, for one axis, as the other one works alike. The layers come in order, that nearest to the input first.
#
# - `input_window(layers, position)`: a pair, the first and the last input position that the unit at `position` of the
#   last map sees, not cut off at the borders. What lies between them counts as seen, also where dilation or stride
#   leave a gap.
# - `receptive_field(layers)`: how many input positions that are, as an `int`; it is the same for all positions.
#
# Without layers, the unit *is* the input position: it sees itself.
#
# ```python
# >>> network = [(3, 1, 1, 1), (2, 2, 0, 1), (3, 1, 1, 1)]
# >>> input_window(network, 4), input_window(network, 0), receptive_field(network)
# ((5, 12), (-3, 4), 8)
# ```


# %% exercise="receptive_field" points=3
def input_window(layers: list[tuple[int, int, int, int]], position: int) -> tuple[int, int]:
    """Return the first and the last input position that a unit of the last map sees."""
    ### BEGIN SOLUTION
    first = last = position
    for kernel, stride, padding, dilation in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + dilation * (kernel - 1)
    return first, last
    ### END SOLUTION


def receptive_field(layers: list[tuple[int, int, int, int]]) -> int:
    """Return the number of input positions from the first to the last that a unit of the last map sees."""
    ### BEGIN SOLUTION
    first, last = input_window(layers, 0)
    return last - first + 1
    ### END SOLUTION


# %% [markdown]
# ## 7. LeNet
#
# In the nineties, about a tenth of all cheques in the United States were read by a convolutional network. It is called
# **LeNet-5**, and here it is, with its connections a little simplified:
#
# ```text
#                          shape              layer                                        parameters
#     picture              1 x 32 x 32
#                                             convolution 5x5, 1 → 6 channels                   156
#                          6 x 28 x 28        tanh
#                          6 x 14 x 14        average pooling 2x2, stride 2
#                                             convolution 5x5, 6 → 16 channels                2,416
#                         16 x 10 x 10        tanh
#                         16 x  5 x  5        average pooling 2x2, stride 2
#                         400                 flatten: channel by channel, row by row
#                                             linear 400 → 120, tanh                         48,120
#                                             linear 120 → 84, tanh                          10,164
#     logits              10                  linear 84 → 10                                    850
#                                                                                     total  61,706
# ```
#
# Look where the parameters are: 2,572 of them do all the seeing. The first *linear* layer alone has nearly twenty times
# as many.
#
# From now on, use PyTorch's own layers; you know what is inside.
#
# **Your turn.** `LeNet(classes)`: an `nn.Module` that maps pictures of shape (batch, 1, 32, 32) to logits of shape
# (batch, classes). With 10 classes it has exactly the ten parameters of the table, a weight and a bias for each
# convolution and each linear layer, and nothing else; with other numbers of classes, only the last layer differs. The
# names of your attributes do not matter. It gives *logits*: no tanh and no softmax behind the last layer. A batch may
# have just one picture. The checks load weights of their own into your model, with `load_state_dict`, and compare the
# logits with those that these weights should give.
#
# *Worth looking up:* `nn.Conv2d`, `nn.AvgPool2d`, `nn.Flatten`, `nn.Sequential`.


# %% exercise="lenet" points=3
class LeNet(nn.Module):
    """LeNet-5, the reader of cheques, with full connections and plain average pooling.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to Document Recognition (1998).
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.see = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)
        )
        self.read = nn.Sequential(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes))
        ### END SOLUTION

    def forward(self, images: Float[Tensor, "batch 1 32 32"]) -> Float[Tensor, "batch classes"]:
        """Return the logits."""
        ### BEGIN SOLUTION
        return self.read(self.see(images).flatten(start_dim=1))
        ### END SOLUTION


# %% [markdown]
# ## 8. Read the digits, wherever they lie
#
# Time to mend the post office. This makes photographs out of our digits: each of them lies at a random place in a
# picture of 12 by 12 pixels.


# %%
def photograph(pixels: Float32[Tensor, "samples 64"], seed: int) -> Float32[Tensor, "samples 1 12 12"]:
    """Return pictures in which each digit of 8 by 8 pixels lies somewhere, black all around."""
    places = torch.randint(5, (len(pixels), 2), generator=torch.Generator().manual_seed(seed))
    photos = torch.zeros(len(pixels), 1, 12, 12)
    for photo, digit, (top, left) in zip(photos, pixels, places.tolist(), strict=True):
        photo[0, top : top + 8, left : left + 8] = digit.reshape(8, 8)
    return photos


# %% [markdown]
# So you can practise:
#
# ```python
# >>> data = digits(seed=0)
# >>> photos = photograph(data.train_inputs, seed=1)
# >>> photos.shape, data.train_labels.shape
# (torch.Size([1348, 1, 12, 12]), torch.Size([1348]))
# ```
#
# and `print(picture(photos[0, 0]))` shows you one. What others got in 210 steps with these photographs:
#
# ```text
#     softmax regression (day 7)                                  0.30     ██████
#     a hidden layer of 512 units: 79,000 parameters              0.82     ████████████████▌
#     two convolutions, each with pooling: 8,000 parameters       0.92     ██████████████████▌
# ```
#
# The usual pattern is *convolution, ReLU, pooling*, and the same again with more channels; then flatten, and one linear
# layer. Kernels of 5 by 5 in the first and of 3 by 3 in the second layer, with padding that keeps the size, and 16 and
# 32 channels are a good start. Exercise 1 tells you how many numbers there are to flatten. Mini-batches of 64
# photographs make steps cheap; for Adam, 0.01 is a fine learning rate here.
#
# **Your turn.** `fit(images, labels, classes, steps, seed)` makes a model, trains it with `steps` steps and returns it.
# What the checks ask for:
#
# - The result is an `nn.Module` that maps float32 pictures of shape (batch, channels, height, width) to logits of shape
#   (batch, classes). Before we ask it anything, we call its `eval()`, so dropout and batch normalisation are welcome.
# - **Accuracy.** A network that somebody trained yesterday could read digits, so the checks show yours what nobody has
#   seen: ten signs of an alphabet that is made up on the spot, on 600 photographs of 16 by 16 pixels with a little
#   noise. After 210 steps, the model gets at least **0.88** of 200 new photographs right. Points begin above 0.80,
#   where networks without convolutions end, and rise up to 0.88. `signs(torch.Generator().manual_seed(1), wobble=0.5)`
#   from `proctorch.lab` makes an alphabet for you, in rows of 64 pixels like those of the digits.
# - **Budget.** Exactly `steps` updates. With 0 steps, the model is as it was made: its parameters do not depend on the
#   numbers in the images and labels, and it gets less than half of its training photographs right. With 1 step they do
#   depend on them. With 100 steps the mean cross-entropy of its logits on the training photographs is below 1.3.
# - **Seed.** The first weights are random. The same seed gives the same model, a second time and whatever was drawn
#   before; another seed gives another model.
# - **Other data.** It works for other numbers of channels, classes and samples as well, also for fewer than 64 samples,
#   for any height and width from 8 to 20 that need not be equal, and leaves the images as they were. In 100 steps on 50
#   pictures of coloured spots, an easy task of three classes, it learns to name 0.90 of new ones.
#
# Each check has 20 seconds of computing time (the reference needs about one) and 1 GiB of memory.
#
# *Worth looking up:* `torch.manual_seed`, `nn.MaxPool2d`, `torch.randint` for choosing a mini-batch.


# %% exercise="fit_photographs" points=5
def fit(
    images: Float32[Tensor, "samples channels height width"],
    labels: Int64[Tensor, "samples"],
    classes: int,
    steps: int,
    seed: int,
) -> nn.Module:
    """Train a convolutional network with the given number of updates, everything random from the seed; return it."""
    ### BEGIN SOLUTION
    torch.manual_seed(seed)
    _, channels, height, width = images.shape
    model = nn.Sequential(
        nn.Conv2d(channels, 16, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * (height // 4) * (width // 4), classes),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,))
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model
    ### END SOLUTION


# %% [markdown]
# ## 9. What has it learnt to look for?
#
# You can open the box. The kernels of the *first* layer are small pictures themselves, in the same pixels as the
# input, so you can simply look at them: all at once, side by side, on one sheet.
#
# Two things make such a sheet honest. Each kernel has its own scale, so each is stretched by itself, or the loudest one
# makes all the others grey. And **zero must stay in the middle**: a weight of 0 does not care, a positive one wants
# light, a negative one wants dark. So zero becomes 0.5, the largest magnitude of the kernel becomes 1 if it is positive
# and 0 if it is negative, and everything between follows in a straight line:
#
# ```text
#                       kernel                    its picture
#
#       -2    0         largest magnitude: 2      0.00   0.50
#        1   -1                                   0.75   0.25
# ```
#
# A sheet of five kernels in three columns, with a line of one pixel between neighbours (and none around the sheet); the
# place that is left over is blank:
#
# ```text
#        kernel 0 │ kernel 1 │ kernel 2
#        ─────────┼──────────┼─────────
#        kernel 3 │ kernel 4 │ (blank)
# ```
#
# **Your turn.** `filter_sheet(kernels, columns)`: the sheet as one tensor of shape (height, width). Kernels stand in
# reading order, row by row, with `columns` of them in each row, and as many rows as are needed; also with fewer kernels
# than columns, the sheet is `columns` kernels wide. Lines and blank places are 1.0. A kernel that is zero everywhere
# is 0.5 everywhere. The sheet is there to be looked at and, against house rule 3, need not carry gradients.
#
# Then look at yours, and at what they see, in a cell of your own (the first layer may have another name in your model):
#
# ```text
#     model = fit(photos, data.train_labels, classes=10, steps=250, seed=0)
#     sheet = filter_sheet(model[0].weight[:, 0].detach(), columns=4)
#
#     import matplotlib.pyplot as plt
#     plt.imshow(sheet, cmap="gray")                              # or, without matplotlib: print(picture(sheet))
#
#     print(picture(model[0](photos[:1])[0, 3].detach()))         # and map 3 of the first photograph
# ```
#
# Three of the sixteen kernels of one such network, ██ where it wants much light, ·· where it wants it dark:
#
# ```text
#     kernel 0            kernel 15           kernel 7
#
#     ████  ····          ····██████          ██  ··  ··
#     ████  ····          ██  ██████          ··  ██
#     ████······            ████  ██              ··  ██
#     ████  ····          ··········          ████··
#     ████··                  ····            ··  ██
# ```
#
# The first finds the right edge of an upright stroke, the second the lower edge of one that lies. Nobody told it. And
# the third? It looks like noise, and maybe it is: a network keeps what works, and need not be neat about it.


# %% exercise="filter_sheet" points=3
def filter_sheet(
    kernels: Float[Tensor, "kernels height width"], columns: int
) -> Float[Tensor, "sheet_height sheet_width"]:
    """Return one picture of all kernels, each scaled by its largest magnitude around 0.5, with lines of 1 between."""
    ### BEGIN SOLUTION
    count, height, width = kernels.shape
    rows = (count + columns - 1) // columns
    sheet = torch.ones(rows * (height + 1) - 1, columns * (width + 1) - 1, dtype=kernels.dtype)
    for k in range(count):
        top, left = k // columns * (height + 1), k % columns * (width + 1)
        largest = kernels[k].abs().max()
        scaled = kernels[k] / largest if largest > 0 else kernels[k]
        sheet[top : top + height, left : left + width] = 0.5 + scaled / 2
    return sheet
    ### END SOLUTION


# %% [markdown]
# ## Before you go
#
# If you keep five things from today, keep these:
#
# ```text
#     1.  What is worth looking for in one place is worth looking for everywhere: small kernels, shared weights.
#     2.  places = floor((size + 2 · padding - span) / stride) + 1, span = dilation · (kernel - 1) + 1.
#     3.  A kernel looks through all input channels and gives one output channel. One bias an output channel.
#     4.  Pooling forgets where, keeps that. Start a maximum at the first number, not at zero.
#     5.  Strides multiply: behind every pooling, each further kernel sees twice as far.
# ```
#
# Tomorrow you will stack these layers so deep that the gradient does not find its way back any more, and add the one
# line that saves it.
