"""Which other libraries' networks are our witnesses, and how are they imported beside a CPU build of torch?"""

from __future__ import annotations

import functools
from types import ModuleType

import pytest
import torch
from torch import library

TORCH = tuple(int(number) for number in torch.__version__.split(".")[:2])
needs_todays_exports = pytest.mark.skipif(
    TORCH < (2, 9), reason="older torch writes another kind of .pt2, and ONNX graphs without their norms"
)


@functools.cache
def torchvision_models() -> ModuleType:
    """Return `torchvision.models`, or skip the test where torchvision is not installed.

    Its compiled operators are missing beside a CPU build of torch; two schemas let its Python models import.
    """
    try:
        with torch.device("cpu"):  # it computes while it is imported, which a test's "meta" would break
            import torchvision.models
    except RuntimeError:
        pass
    except ImportError:
        pytest.skip("torchvision is not installed")
    else:
        return torchvision.models
    _define_missing_operators()
    import torchvision.models

    return torchvision.models


@functools.cache
def _define_missing_operators() -> library.Library:
    """Define the schemas of the two operators that torchvision registers shapes for while it is imported."""
    operators = library.Library("torchvision", "DEF")
    operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return operators
