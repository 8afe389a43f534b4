"""Which operations check their arguments one by one before CUDA's kernel runs, and under which name they complain.

The names come from torch's own list of native functions (torchgen's native_functions.yaml, 2.13): a structured kernel's
wrapper is called after function and overload, any other's after overload and function. Operations that are not here
are elementwise: they check all their tensors together and let a CPU tensor without axes pass.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


STRUCTURED = _names(
    """
    addmv addmv_ baddbmm baddbmm_ bmm cat clamp.Tensor clamp_.Tensor clamp_max.Tensor clamp_max_.Tensor
    clamp_min.Tensor clamp_min_.Tensor gcd gcd_ lcm lcm_ index_copy_ index_copy isin.Tensor_Tensor logaddexp logaddexp2
    mm addmm addmm_ _addmm_activation index_add_ index_add index_reduce_ index_reduce scatter.src scatter_.src
    scatter.value scatter_.value scatter.reduce scatter_.reduce scatter.value_reduce scatter_.value_reduce scatter_add
    scatter_add_ scatter_reduce.two scatter_reduce_.two gather triangular_solve lu_unpack igamma igamma_ igammac
    igammac_ nextafter nextafter_ nll_loss_forward fractional_max_pool2d fractional_max_pool3d slow_conv_transpose2d
    linalg_cross linalg_lu_solve linalg_ldl_solve _linalg_solve_ex
    """
)

UNSTRUCTURED = _names(
    """
    _masked_scale addr bincount cudnn_batch_norm _ctc_loss _ctc_loss.Tensor dot vdot embedding_renorm_
    _embedding_bag_forward_only _embedding_bag grid_sampler_2d grid_sampler_3d native_group_norm native_layer_norm
    native_batch_norm _native_batch_norm_legit _cdist_forward _prelu_kernel _transform_bias_rescale_qkv
    _weight_norm_interface _batch_norm_with_update masked_scatter_ _masked_softmax put_ addbmm_ addbmm take
    index_select masked_select linalg_solve_triangular _cholesky_solve_helper geqrf ormqr equal normal.Tensor_Tensor
    _amp_foreach_non_finite_check_and_unscale_ _amp_update_scale_ bucketize.Tensor searchsorted.Tensor
    searchsorted.Scalar multi_margin_loss multilabel_margin_loss_forward nll_loss2d_forward huber_loss glu_jvp
    rrelu_with_noise rrelu_with_noise_ max_unpool2d max_unpool3d linalg_householder_product segment_reduce
    _transformer_encoder_layer_fwd _native_multi_head_attention
    """
)

# What the CPU build runs as one operation and CUDA as another: the other's name, and its names of the arguments.
RENAMED: dict[str, tuple[str, dict[str, str]]] = {
    "embedding": ("wrapper_CUDA__index_select", {"weight": "self", "indices": "index"}),
    "stack": ("wrapper_CUDA_cat", {}),
    "mv": ("wrapper_CUDA_addmv_", {"self": "mat"}),
}


def method_of(name: str) -> str | None:
    """Return the wrapper's name of an operation such as `scatter.value`; None for an elementwise one."""
    if name in RENAMED:
        return RENAMED[name][0]
    function, _, overload = name.partition(".")
    if name in STRUCTURED:
        return f"wrapper_CUDA_{function}_{overload}" if overload else f"wrapper_CUDA_{function}"
    if name in UNSTRUCTURED:
        return f"wrapper_CUDA_{overload}_{function}"
    return None
