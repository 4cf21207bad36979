"""Is a device that does not exist here refused, and one that does taken by its exact name?"""

from __future__ import annotations

import pytest
import torch

from residua.errors import SpecError
from residua.nn.device import choose_placement


@pytest.mark.parametrize(
    "device", ["cpux", "cpu:", "cpu:0", "cudax", "cuda:", "cuda:-1", "cuda:0:1", "cuda:٣", "cuda:01", "CPU", ""]
)
def test_a_device_is_taken_by_its_whole_name(device):
    with pytest.raises(SpecError, match="is not one of auto, cpu, cuda, cuda:N"):
        choose_placement(device)


def test_a_cuda_device_must_be_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SpecError, match="'cuda:0' was asked for, but torch sees no CUDA device; use --device cpu"):
        choose_placement("cuda:0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(SpecError, match="'cuda:2' was asked for, but torch sees 2, the last of them cuda:1"):
        choose_placement("cuda:2", "fp32")
    for device in ("cpu", "cuda", "cuda:0", "cuda:1"):
        assert choose_placement(device, "fp32").device == device
