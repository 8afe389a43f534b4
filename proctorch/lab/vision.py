"""torchvision beside a torch without CUDA: import this module first, and `import torchvision` works.

    import proctorch.lab.vision
    import torchvision

torchvision's wheel is built for a torch with CUDA. Its compiled operators do not load beside any other, and its Python
side then stops at `RuntimeError: operator torchvision::nms does not exist`, because it registers shape rules for two
operators that nobody has declared. Declaring them is enough: models, transforms and data sets need no compiled
operator. Nothing is declared where torchvision is missing, or where its operators do load.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
from pathlib import Path

import torch

_ARGUMENTS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@functools.cache
def mend_torchvision() -> torch.library.Library | None:
    """Declare torchvision's two operators where they are really missing; return what declares them, or None.

    A declaration lives as long as its Library: the cache keeps it.
    """
    spec = importlib.util.find_spec("torchvision")
    if spec is None or _operators_load(spec.submodule_search_locations or []):
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    library.define(f"nms{_ARGUMENTS}")  # type: ignore[no-untyped-call]
    library.define(f"qnms{_ARGUMENTS}")  # type: ignore[no-untyped-call]
    return library


def _operators_load(folders: list[str]) -> bool:
    """Load torchvision's compiled operators, as torchvision itself will; return whether they are there now."""
    for path in (path for folder in folders for path in Path(folder).glob("_C*") if path.suffix in (".so", ".pyd")):
        with contextlib.suppress(OSError):
            torch.ops.load_library(path)  # type: ignore[no-untyped-call]
    return hasattr(torch.ops.torchvision, "nms")


mend_torchvision()
