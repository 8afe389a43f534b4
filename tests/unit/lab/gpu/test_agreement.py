"""What CUDA refuses of tensors on two devices, word for word, and what it lets pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  as everybody writes it
from torch import nn

Device = torch.device
Call = Callable[[Device], Any]

TWO = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"


def got(argument: str, method: str, device: str = "cpu", others: str = "cuda:0") -> str:
    return (
        f"Expected all tensors to be on the same device, but got {argument} is on {device}, different from other "
        f"tensors on {others} (when checking argument in method wrapper_CUDA_{method})"
    )


def recurrent(name: str, given: str, other: str) -> str:
    found = f"found input tensor at {given} and {name} tensor at {other}"
    return f"Input and {name} tensors are not at the same device, {found}"


def x(device: Device | str = "cpu", *shape: int) -> torch.Tensor:
    return torch.ones(shape or (3, 3)).to(device)


def whole(device: Device | str = "cpu", *values: int) -> torch.Tensor:
    return torch.tensor(values or (0, 1, 2)).to(device)


REFUSED: dict[str, tuple[Call, str]] = {
    "add": (lambda d: x(d) + x(), TWO),
    "add the other way round": (lambda d: x() + x(d), TWO),
    "in place": (lambda d: x(d).add_(x()), TWO),
    "a scalar in place": (lambda d: torch.tensor(1.0).add_(x(d, 1)), TWO),
    "multiply": (lambda d: x(d) * x("cpu", 1), TWO),
    "compare": (lambda d: x(d) > x(), TWO),
    "maximum": (lambda d: torch.maximum(x(d), x()), TWO),
    "where": (lambda d: torch.where(x() > 0, x(d), x(d)), TWO),
    "lerp": (lambda d: torch.lerp(x(d), x(), 0.5), TWO),
    "mse_loss": (lambda d: F.mse_loss(x(d), x()), TWO),
    "l1_loss": (lambda d: F.l1_loss(x(d), x()), TWO),
    "smooth_l1_loss": (lambda d: F.smooth_l1_loss(x(d), x()), TWO),
    "binary_cross_entropy": (lambda d: F.binary_cross_entropy(x(d), x()), TWO),
    "bce with logits": (lambda d: F.binary_cross_entropy_with_logits(x(d), x()), TWO),
    "bce's pos_weight": (lambda d: nn.BCEWithLogitsLoss(pos_weight=x("cpu", 3))(x(d), x(d)), TWO),
    "matmul": (lambda d: x(d) @ x(), got("mat2", "mm")),
    "matmul of a CPU tensor": (lambda d: x() @ x(d), got("mat2", "mm", "cuda:0", "cpu")),
    "batched matmul": (lambda d: x(d, 2, 3, 3) @ x("cpu", 2, 3, 3), got("mat2", "bmm")),
    "dot": (lambda d: x(d, 3) @ x("cpu", 3), got("tensor", "_dot")),
    "linear": (lambda d: nn.Linear(3, 2).to(d)(x()), got("mat1", "addmm")),
    "linear on the CPU": (lambda d: nn.Linear(3, 2)(x(d)), got("mat1", "addmm", "cuda:0", "cpu")),
    "linear without bias": (lambda d: nn.Linear(3, 2, bias=False)(x(d)), got("mat2", "mm")),
    "cat": (lambda d: torch.cat([x(d), x()]), got("tensors", "cat")),
    "stack": (lambda d: torch.stack([x(d), x()]), got("tensors", "cat")),
    "embedding": (lambda d: nn.Embedding(5, 2).to(d)(whole()), got("index", "_index_select")),
    "embedding on the CPU": (lambda d: nn.Embedding(5, 2)(whole(d)), got("index", "_index_select", "cuda:0", "cpu")),
    "index_select": (lambda d: x(d).index_select(0, whole()), got("index", "_index_select")),
    "gather": (lambda d: x(d).gather(1, whole().expand(3, 3)), got("index", "gather")),
    "scatter_add": (lambda d: x(d).scatter_add(1, whole().expand(3, 3), x(d)), got("index", "scatter_add")),
    "cross_entropy": (lambda d: F.cross_entropy(x(d), whole()), got("target", "nll_loss_forward")),
    "cross_entropy's weight": (
        lambda d: nn.CrossEntropyLoss(weight=x("cpu", 3))(x(d), whole(d)),
        got("weight", "nll_loss_forward"),
    ),
    "pixelwise cross_entropy": (
        lambda d: F.cross_entropy(x(d, 1, 3, 2, 2), torch.zeros(1, 2, 2, dtype=torch.int64)),
        got("target", "_nll_loss2d_forward"),
    ),
    "layer_norm": (lambda d: nn.LayerNorm(3)(x(d)), got("weight", "_native_layer_norm")),
    "group_norm": (lambda d: nn.GroupNorm(1, 3)(x(d, 1, 3, 2)), got("weight", "_native_group_norm")),
    "batch_norm of rows": (lambda d: nn.BatchNorm1d(3)(x(d)), got("weight", "_native_batch_norm")),
    "batch_norm of images": (lambda d: nn.BatchNorm2d(3)(x(d, 2, 3, 2, 2)), got("weight", "_cudnn_batch_norm")),
    "prelu": (lambda d: nn.PReLU()(x(d)), got("weight", "__prelu_kernel")),
    "equal": (lambda d: torch.equal(x(d), x()), got("other", "_equal")),
    "masked_fill": (
        lambda d: x(d).masked_fill(x() > 0, 0.0),
        "expected self and mask to be on the same device, but got mask on cpu and self on cuda:0",
    ),
    "a CUDA index of a CPU tensor": (
        lambda d: x()[whole(d)],
        "indices should be either on cpu or on the same device as the indexed tensor (cpu)",
    ),
    "values set by index": (
        lambda d: x(d).index_put_((whole(),), x()),
        "expected device cuda:0 but got device cpu for value tensor",
    ),
    "convolution": (
        lambda d: nn.Conv2d(1, 2, 2)(x(d, 1, 1, 3, 3)),
        "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be the same",
    ),
    "convolution of a CPU tensor": (
        lambda d: nn.Conv1d(1, 2, 2).to(d)(x("cpu", 1, 1, 3)),
        "Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) should be the same or input should "
        "be a MKLDNN tensor and weight is a dense tensor",
    ),
    "LSTM's hidden state": (
        lambda d: nn.LSTM(3, 2).to(d)(x(d), (x("cpu", 1, 2), x("cpu", 1, 2))),
        recurrent("hidden", "cuda:0", "cpu"),
    ),
    "GRU's hidden state": (lambda d: nn.GRU(3, 2).to(d)(x(d), x("cpu", 1, 2)), recurrent("hidden", "cuda:0", "cpu")),
    "RNN's weights": (lambda d: nn.RNN(3, 2)(x(d), x(d, 1, 2)), recurrent("parameter", "cuda:0", "cpu")),
    "attention's key": (
        lambda d: F.scaled_dot_product_attention(x(d, 1, 3, 2), x("cpu", 1, 3, 2), x(d, 1, 3, 2)),
        "Expected query, key, and value to have the same device type, but got query.device: cuda:0 key.device: cpu "
        "and value.device: cuda:0 instead.",
    ),
    "lengths on CUDA": (
        lambda d: nn.utils.rnn.pack_padded_sequence(x(d), whole(d, 3, 2, 1), batch_first=True),
        "'lengths' argument should be a 1D CPU int64 tensor, but got 1D cuda:0 Long tensor",
    ),
    "a CPU generator": (
        lambda d: torch.rand(2, device=d, generator=torch.Generator()),
        "Expected a 'cuda' device type for generator but found 'cpu'",
    ),
    "a CUDA generator": (
        lambda d: torch.rand(2, generator=torch.Generator(device=d)),
        "Expected a 'cpu' device type for generator but found 'cuda'",
    ),
    "a CPU gradient": (
        lambda d: setattr(x(d).requires_grad_(), "grad", x()),
        "attempting to assign a gradient with device type 'cpu' to a tensor with device type 'cuda'. "
        "Please ensure that the gradient and the tensor are on the same device",
    ),
    "a third device": (lambda d: x().to("cuda:7"), "CUDA error: invalid device ordinal"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_cudas_words(case: str, cuda: Device) -> None:
    call, words = REFUSED[case]
    with pytest.raises(RuntimeError) as raised:
        call(cuda)
    assert str(raised.value).startswith(words)
    assert "invalid" in words or str(raised.value) == words


ALLOWED: dict[str, Call] = {
    "a number": lambda d: x(d) + 1.0,
    "a CPU tensor without axes": lambda d: x(d) * torch.tensor(2.0),
    "one on the left": lambda d: torch.tensor(2.0) - x(d),
    "a CPU index": lambda d: x(d)[whole()],
    "a CPU mask as an index": lambda d: x(d)[x() > 0],
    "where with numbers": lambda d: torch.where(x(d) > 0, 1.0, x(d)),
    "masked_fill with a CPU number": lambda d: x(d).masked_fill(x(d) > 0, torch.tensor(3.0)),
    "copy_": lambda d: x(d).copy_(x()),
    "an assignment to a slice": lambda d: assigned(x(d), 0, x("cpu", 3)),
    "an assignment of a number": lambda d: assigned(x(d), whole(), 2.0),
    "a CPU row chosen by a number": lambda d: x(d)[torch.tensor(1)],
    "one_hot": lambda d: F.one_hot(whole(d)),
    "dropout": lambda d: F.dropout(x(d)),
    "einsum": lambda d: torch.einsum("ij,jk->ik", x(d), x(d)),
    "sort": lambda d: x(d).sort().values,
    "max over rows": lambda d: x(d).max(dim=1).values,
    "lengths on the CPU": lambda d: nn.utils.rnn.pack_padded_sequence(x(d), whole("cpu", 3, 2, 1), True).data,
    "a packed LSTM": lambda d: packed_lstm(d),
    "attention with a mask": lambda d: nn.MultiheadAttention(4, 2).to(d)(
        x(d, 3, 4), x(d, 3, 4), x(d, 3, 4), attn_mask=x(d).bool().triu(1)
    )[0],
    "a transformer layer": lambda d: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).to(d)(x(d, 2, 3, 4)),
    "the same layer in evaluation": lambda d: nn.TransformerEncoderLayer(4, 2, 8).to(d).eval()(x(d, 2, 3, 4)),
    "interpolate": lambda d: F.interpolate(x(d, 1, 1, 2, 2), scale_factor=2.0),
    "ctc": lambda d: F.ctc_loss(x(d, 4, 1, 3).log_softmax(2), whole(d, 1)[None], (4,), (1,)),
    "cdist": lambda d: torch.cdist(x(d), x(d)),
    "solve": lambda d: torch.linalg.solve(torch.eye(3, device=d), x(d)),
    "fft": lambda d: torch.fft.rfft(x(d)).real,
    "meshgrid": lambda d: torch.meshgrid(x(d, 3), x(d, 3), indexing="ij")[0],
    "clip_grad_norm_": lambda d: nn.utils.clip_grad_norm_([nn.Parameter(x(d))], 1.0) + x(d),
    "parameters_to_vector": lambda d: nn.utils.parameters_to_vector(nn.Linear(2, 2).to(d).parameters()),
}


def assigned(tensor: torch.Tensor, index: Any, value: Any) -> torch.Tensor:
    tensor[index] = value
    return tensor


def packed_lstm(device: Device) -> torch.Tensor:
    packed = nn.utils.rnn.pack_padded_sequence(x(device, 2, 3, 4), whole("cpu", 3, 2), batch_first=True)
    given, (hidden, _) = nn.LSTM(4, 2, batch_first=True).to(device)(packed)
    padded, lengths = nn.utils.rnn.pad_packed_sequence(given, batch_first=True)
    assert lengths.device.type == "cpu"
    assert hidden.device == padded.device
    return padded


@pytest.mark.parametrize("case", ALLOWED)
def test_allowed_and_where_the_result_lives(case: str, cuda: Device) -> None:
    result = ALLOWED[case](cuda)
    assert result.device == cuda
    assert torch.isfinite(result.cpu().float()).all() or case == "ctc"


@pytest.mark.parametrize("case", [name for name in ALLOWED if name not in ("dropout", "a transformer layer")])
def test_the_values_are_those_of_the_cpu(case: str, cuda: Device) -> None:
    torch.manual_seed(1)
    ours = ALLOWED[case](cuda)
    torch.manual_seed(1)
    torch.testing.assert_close(ours.cpu(), ALLOWED[case](Device("cpu")), rtol=1e-3, atol=1e-5)
