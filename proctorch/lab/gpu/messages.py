"""CUDA's own words for misplaced tensors, as torch 2.13 says them, so that a search for them finds the cure."""

from __future__ import annotations

import torch

# What torch calls the types of tensors in the messages of convolutions, and what `x.type()` answers.
_TYPE_NAMES = {
    torch.float32: "Float", torch.float64: "Double", torch.float16: "Half", torch.bfloat16: "BFloat16",
    torch.int64: "Long", torch.int32: "Int", torch.int16: "Short", torch.int8: "Char", torch.uint8: "Byte",
    torch.bool: "Bool", torch.complex64: "ComplexFloat", torch.complex128: "ComplexDouble",
}  # fmt: skip


def type_name(dtype: torch.dtype, device: torch.device) -> str:
    """Return `torch.cuda.FloatTensor` for float32 on CUDA, `torch.FloatTensor` on the CPU."""
    return f"torch.{'cuda.' if device.type == 'cuda' else ''}{_TYPE_NAMES.get(dtype, str(dtype)[6:])}Tensor"


def two_devices(one: torch.device, other: torch.device) -> RuntimeError:
    """Return what an elementwise operation says of tensors on two devices."""
    return RuntimeError(
        f"Expected all tensors to be on the same device, but found at least two devices, {one} and {other}!"
    )


def argument_elsewhere(argument: str, device: torch.device, others: torch.device, method: str) -> RuntimeError:
    """Return what a kernel says of an argument that is not where the first one is."""
    return RuntimeError(
        f"Expected all tensors to be on the same device, but got {argument} is on {device}, different from other "
        f"tensors on {others} (when checking argument in method {method})"
    )


def index_elsewhere(device: torch.device) -> RuntimeError:
    """Return what indexing says of an index that is on a GPU where the tensor is not."""
    return RuntimeError(f"indices should be either on cpu or on the same device as the indexed tensor ({device})")


def value_elsewhere(device: torch.device, value: torch.device) -> RuntimeError:
    """Return what an assignment by index says of a value on another device."""
    return RuntimeError(f"expected device {device} but got device {value} for value tensor")


def mask_elsewhere(device: torch.device, mask: torch.device) -> RuntimeError:
    """Return what masked_fill says of a mask on another device."""
    return RuntimeError(f"expected self and mask to be on the same device, but got mask on {mask} and self on {device}")


def attention_elsewhere(query: torch.device, key: torch.device, value: torch.device) -> RuntimeError:
    """Return what scaled_dot_product_attention says of a query, key and value on several devices."""
    return RuntimeError(
        "Expected query, key, and value to have the same device type, but got "
        f"query.device: {query} key.device: {key} and value.device: {value} instead."
    )


def recurrent_elsewhere(name: str, device: torch.device, other: torch.device) -> RuntimeError:
    """Return what a recurrent layer says of a `hidden` or `parameter` tensor that is not where its input is."""
    return RuntimeError(
        f"Input and {name} tensors are not at the same device, found input tensor at {device} and {name} tensor "
        f"at {other}"
    )


def convolution_types(given: str, name: str, other: str) -> RuntimeError:
    """Return what a convolution says of an input and a `weight` or `bias` of two types."""
    tail = (
        "" if given.startswith("torch.cuda.") else f" or input should be a MKLDNN tensor and {name} is a dense tensor"
    )
    return RuntimeError(f"Input type ({given}) and {name} type ({other}) should be the same{tail}")


def no_array(device: torch.device) -> TypeError:
    """Return what `.numpy()` says of a tensor that is not on the CPU."""
    return TypeError(
        f"can't convert {device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
    )


def wrong_generator(device: torch.device, generator: torch.device) -> RuntimeError:
    """Return what a random function says of a generator that belongs to another device."""
    return RuntimeError(f"Expected a '{device.type}' device type for generator but found '{generator.type}'")


def wrong_gradient(gradient: torch.device, tensor: torch.device) -> RuntimeError:
    """Return what assigning `.grad` says of a gradient on another device."""
    return RuntimeError(
        f"attempting to assign a gradient with device type '{gradient.type}' to a tensor with device type "
        f"'{tensor.type}'. Please ensure that the gradient and the tensor are on the same device"
    )


def lengths_elsewhere(lengths: torch.Tensor, device: torch.device) -> RuntimeError:
    """Return what packing says of sequence lengths that are not on the CPU."""
    kind = _TYPE_NAMES.get(lengths.dtype, str(lengths.dtype)[6:])
    return RuntimeError(
        f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.dim()}D {device} {kind} tensor"
    )


def foreach_elsewhere() -> RuntimeError:
    """Return what an optimizer says whose parameters, gradients and state are on several devices."""
    return RuntimeError(
        "Tensors of the same index must be on the same device and the same dtype except `step` tensors "
        "that can be CPU and float32/64 notwithstanding"
    )


def no_such_device() -> RuntimeError:
    """Return what CUDA says of a device index that it does not have."""
    kind = getattr(torch, "AcceleratorError", RuntimeError)
    error: RuntimeError = kind(
        "CUDA error: invalid device ordinal\n"
        "GPU device may be out of range, do you have enough GPUs?\n"
        "CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might "
        "be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\n"
        "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n"
    )
    return error
