"""torch.autocast("cuda") on simulated tensors: which operations run in half, and which in single precision.

The lists are those of torch's documentation ("Autocast Op Reference", CUDA). Only floating tensors that live on a
CUDA device are cast, float64 never is. The state itself (nesting, dtype, enabled) is torch's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from proctorch.lab.gpu.placement import device_of, tensors_in


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


LOWER = _names(
    """
    __matmul__ __rmatmul__ matmul mm bmm mv addmm addmv addr addbmm baddbmm linear einsum chain_matmul multi_dot
    linalg_multi_dot linalg_vecdot vecdot conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    conv_tbc convolution prelu lstm gru rnn_tanh rnn_relu lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell
    scaled_dot_product_attention
    """
)

SINGLE = _names(
    """
    __pow__ __rpow__ __ipow__ __rdiv__ __rtruediv__ acos asin cosh erfinv exp expm1 log log10 log2 log1p reciprocal
    rsqrt sinh tan pow softplus layer_norm native_layer_norm group_norm rms_norm frobenius_norm nuclear_norm norm
    cosine_similarity poisson_nll_loss cosine_embedding_loss nll_loss nll_loss_nd nll_loss2d hinge_embedding_loss
    kl_div l1_loss smooth_l1_loss huber_loss mse_loss margin_ranking_loss multilabel_margin_loss soft_margin_loss
    triplet_margin_loss multi_margin_loss binary_cross_entropy_with_logits cross_entropy_loss dist pdist cdist renorm
    logsumexp upsample_nearest1d upsample_nearest2d upsample_bilinear2d upsample_linear1d upsample_bicubic2d
    prod softmax log_softmax cumprod cumsum sum norm linalg_norm linalg_vector_norm linalg_matrix_norm
    vector_norm matrix_norm
    """
)

WIDEST = _names(
    """
    addcdiv addcmul atan2 bilinear cross dot vdot grid_sampler index_put tensordot scatter_add stack cat
    """
)

_UNSAFE = (
    "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\n"
    "Many models use a sigmoid layer right before the binary cross entropy layer.\n"
    "In this case, combine the two layers using torch.nn.functional.binary_cross_entropy_with_logits\n"
    "or torch.nn.BCEWithLogitsLoss.  binary_cross_entropy_with_logits and BCEWithLogits are\n"
    "safe to autocast."
)


def cast(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of an operation in the dtype that autocast runs it in; raises RuntimeError for
    binary_cross_entropy.
    """
    dtype = _dtype_for(name, (args, kwargs))
    if dtype is None or kwargs.get("out") is not None:
        return args, kwargs

    def change(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(dtype) if is_eligible(tensor) and tensor.dtype is not dtype else tensor

    return _replaced(args, change), _replaced(kwargs, change)


def is_eligible(tensor: torch.Tensor) -> bool:
    """Return whether autocast touches a tensor at all."""
    floating = tensor.is_floating_point() and tensor.dtype is not torch.float64
    return floating and device_of(tensor).type == "cuda"


def _dtype_for(name: str, tree: Any) -> torch.dtype | None:
    if name in LOWER:
        return torch.get_autocast_dtype("cuda")
    if name == "binary_cross_entropy" and any(map(is_eligible, tensors_in(tree))):
        raise RuntimeError(_UNSAFE)
    if name in SINGLE:
        return torch.float32
    if name in WIDEST:
        found = {tensor.dtype for tensor in tensors_in(tree) if is_eligible(tensor)}
        return torch.float32 if torch.float32 in found and len(found) > 1 else None
    return None


def _replaced(tree: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(tree, torch.Tensor):
        return change(tree)
    if type(tree) in (list, tuple):
        return type(tree)(_replaced(item, change) for item in tree)
    if type(tree) is dict:
        return {key: _replaced(item, change) for key, item in tree.items()}
    return tree
