"""Mixed precision on the device: the dtype of each operation, nesting, and scaling of the loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  as everybody writes it
from torch import nn

HALF, SINGLE = torch.float16, torch.float32


def single(*shape: int) -> torch.Tensor:
    return torch.rand(shape or (3, 3), device="cuda") + 0.1


def half(*shape: int) -> torch.Tensor:
    return single(*shape).half()


Call = Callable[[], torch.Tensor]

LOWER: dict[str, Call] = {
    "matmul": lambda: single() @ single(),
    "mm": lambda: torch.mm(single(), single()),
    "bmm": lambda: torch.bmm(single(2, 3, 3), single(2, 3, 3)),
    "mv": lambda: single() @ single(3),
    "addmm": lambda: torch.addmm(single(), single(), half()),
    "baddbmm": lambda: torch.baddbmm(single(2, 3, 3), single(2, 3, 3), single(2, 3, 3)),
    "einsum": lambda: torch.einsum("ij,jk", single(), single()),
    "multi_dot": lambda: torch.linalg.multi_dot([single(), single(), single()]),
    "linear": lambda: nn.Linear(3, 2).cuda()(single()),
    "conv1d": lambda: nn.Conv1d(1, 2, 2).cuda()(single(1, 1, 4)),
    "conv2d": lambda: nn.Conv2d(1, 2, 2).cuda()(single(1, 1, 4, 4)),
    "conv_transpose2d": lambda: nn.ConvTranspose2d(1, 2, 2).cuda()(single(1, 1, 4, 4)),
    "prelu": lambda: nn.PReLU().cuda()(single()),
    "LSTM": lambda: nn.LSTM(3, 2).cuda()(single())[0],
    "GRU": lambda: nn.GRU(3, 2).cuda()(single())[0],
    "LSTMCell": lambda: nn.LSTMCell(3, 2).cuda()(single())[0],
    "GRUCell": lambda: nn.GRUCell(3, 2).cuda()(single()),
    "attention": lambda: F.scaled_dot_product_attention(single(1, 3, 2), single(1, 3, 2), single(1, 3, 2)),
    "MultiheadAttention": lambda: nn.MultiheadAttention(4, 2).cuda()(single(3, 4), single(3, 4), single(3, 4))[0],
    "a network": lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 2)).cuda()(single()),
    "batch_norm of halves": lambda: nn.BatchNorm2d(2).cuda()(half(2, 2, 3, 3)),
}

FULL: dict[str, Call] = {
    "softmax": lambda: half().softmax(1),
    "F.softmax": lambda: F.softmax(half(), dim=1),
    "nn.LogSoftmax": lambda: nn.LogSoftmax(1)(half()),
    "exp": lambda: half().exp(),
    "log": lambda: torch.log(half()),
    "pow": lambda: half() ** 2,
    "rsqrt": lambda: half().rsqrt(),
    "reciprocal": lambda: half().reciprocal(),
    "1 / x": lambda: 1.0 / half(),
    "sum": lambda: half().sum(),
    "cumsum": lambda: half().cumsum(0),
    "prod": lambda: half().prod(),
    "norm": lambda: half().norm(),
    "linalg.norm": lambda: torch.linalg.norm(half()),
    "normalize": lambda: F.normalize(half()),
    "layer_norm": lambda: nn.LayerNorm(3).cuda()(half()),
    "group_norm": lambda: nn.GroupNorm(1, 3).cuda()(half(1, 3, 2)),
    "softplus": lambda: F.softplus(half()),
    "cosine_similarity": lambda: F.cosine_similarity(half(), half()),
    "cdist": lambda: torch.cdist(half(), half()),
    "mse_loss": lambda: F.mse_loss(half(), single()),
    "l1_loss": lambda: nn.L1Loss()(half(), half()),
    "cross_entropy": lambda: F.cross_entropy(half(), torch.tensor([0, 1, 2], device="cuda")),
    "nll_loss": lambda: F.nll_loss(half(), torch.tensor([0, 1, 2], device="cuda")),
    "bce with logits": lambda: F.binary_cross_entropy_with_logits(half(), half()),
    "kl_div": lambda: F.kl_div(half(), half(), reduction="batchmean"),
}

UNTOUCHED: dict[str, tuple[Call, torch.dtype]] = {
    "add of halves": (lambda: half() + half(), HALF),
    "add of both": (lambda: half() + single(), SINGLE),
    "relu": (lambda: half().relu(), HALF),
    "gelu": (lambda: F.gelu(half()), HALF),
    "sigmoid": (lambda: half().sigmoid(), HALF),
    "mean": (lambda: half().mean(), HALF),
    "max_pool": (lambda: F.max_pool2d(half(1, 1, 4, 4), 2), HALF),
    "cat of halves": (lambda: torch.cat([half(), half()]), HALF),
    "cat of both": (lambda: torch.cat([half(), single()]), SINGLE),
    "stack of both": (lambda: torch.stack([single(), half()]), SINGLE),
    "addcmul of both": (lambda: torch.addcmul(single(), half(), half()), SINGLE),
    "doubles": (lambda: single().double() @ single().double(), torch.float64),
    "integers": (lambda: torch.ones(2, dtype=torch.int64, device="cuda").cumsum(0), torch.int64),
    "a matmul on the CPU": (lambda: torch.rand(2, 2) @ torch.rand(2, 2), SINGLE),
    "a CPU model": (lambda: nn.Linear(2, 2)(torch.rand(1, 2)), SINGLE),
    "an explicit dtype": (lambda: half().softmax(1, dtype=torch.float64), torch.float64),
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", LOWER)
def test_runs_in_half_precision(name: str, dtype: torch.dtype, cuda: torch.device) -> None:
    call = LOWER[name]
    with torch.autocast("cuda", dtype=dtype):
        result = call()
    assert result.device == cuda
    assert result.dtype == (HALF if name == "batch_norm of halves" else dtype)


@pytest.mark.parametrize("name", FULL)
def test_runs_in_single_precision(name: str, cuda: torch.device) -> None:
    with torch.autocast("cuda"):
        result = FULL[name]()
    assert (result.device, result.dtype) == (cuda, SINGLE)


@pytest.mark.parametrize("name", UNTOUCHED)
def test_runs_in_the_widest_dtype_of_its_inputs(name: str, cuda: torch.device) -> None:
    call, dtype = UNTOUCHED[name]
    with torch.autocast("cuda"):
        assert call().dtype == dtype


def test_the_state_nests_and_ends(cuda: torch.device) -> None:
    def product() -> torch.dtype:
        return (single() @ single()).dtype

    with torch.amp.autocast("cuda", dtype=torch.bfloat16):
        assert torch.is_autocast_enabled("cuda")
        assert torch.get_autocast_dtype("cuda") == torch.bfloat16
        with torch.autocast("cuda", enabled=False):
            assert product() == SINGLE
        assert product() == torch.bfloat16
    assert product() == SINGLE
    assert torch.autocast("cuda", dtype=torch.float16)(product)() == HALF
    with torch.autocast("cuda", enabled=False):
        assert product() == SINGLE


def test_binary_cross_entropy_is_refused(cuda: torch.device) -> None:
    with torch.autocast("cuda"), pytest.raises(RuntimeError, match="BCELoss are unsafe to autocast"):
        F.binary_cross_entropy(half(), half())


def test_gradients_come_in_the_dtype_of_the_parameters(cuda: torch.device) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, 2)).cuda()
    with torch.autocast("cuda"):
        loss = model(single()).square().mean()
    loss.backward()
    assert {parameter.grad.dtype for parameter in model.parameters()} == {SINGLE}
    assert {parameter.grad.device for parameter in model.parameters()} == {cuda}


def scaled_step(scaler: torch.amp.GradScaler, gradient: float) -> tuple[bool, float]:
    """Return whether the weight moved, and the scale afterwards, of a step whose gradient is this one."""
    weight = nn.Parameter(torch.ones(2, device="cuda"))
    optimizer = torch.optim.SGD([weight], lr=0.5)
    scaler.scale((weight * gradient).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    return bool((weight != 1.0).any()), scaler.get_scale()


def test_an_overflow_skips_the_step_and_halves_the_scale(cuda: torch.device) -> None:
    scaler = torch.amp.GradScaler("cuda", init_scale=8.0, growth_interval=2)
    assert scaler.is_enabled()
    assert scaled_step(scaler, float("inf")) == (False, 4.0)
    assert scaled_step(scaler, float("nan")) == (False, 2.0)
    assert scaled_step(scaler, 1.0) == (True, 2.0)
    assert scaled_step(scaler, 1.0) == (True, 4.0)  # grown after two good steps
    assert scaler.scale(torch.ones(1, device="cuda")).device == cuda


def test_unscale_before_clipping(cuda: torch.device) -> None:
    weight = nn.Parameter(torch.ones(2, device="cuda"))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scaler = torch.cuda.amp.GradScaler(init_scale=1024.0)
    scaler.scale((weight * 3).sum()).backward()
    assert weight.grad.tolist() == [3072.0, 3072.0]
    scaler.unscale_(optimizer)
    assert weight.grad.tolist() == [3.0, 3.0]
    with pytest.raises(RuntimeError, match="has already been called"):
        scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_([weight], 1.0)
    scaler.step(optimizer)
    assert weight.tolist() == pytest.approx([1 - 0.5**0.5] * 2, abs=1e-5)
    scaler.update()
    state = scaler.state_dict()
    assert state["scale"] == 1024.0
