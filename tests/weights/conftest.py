"""What do the tests of weights share? Networks with lively statistics, and where the real checkpoints lie."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import residua

REAL = Path(__file__).parents[3] / "shared" / "data" / "weights"


def lively(name, **changes):
    """Return a network whose norms are not all 1 and 0, in float32, so that a confusion of tensors shows."""
    generator = torch.Generator().manual_seed(0)
    model = residua.build(name, **changes).eval()
    for tensor in model.state_dict().values():
        if tensor.ndim == 1:
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return model


def real(name):
    """Return the path of a real checkpoint, or skip the test."""
    path = REAL / name
    if not path.is_file():
        pytest.skip("the real checkpoints are not beside this checkout")
    return path


def same_function(first, second, channels=3, size=64):
    """Assert that two networks give the same logits in float64 to 1e-9."""
    images = torch.randn(2, channels, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(first.double()(images), second.double()(images), rtol=1e-9, atol=1e-9)


@pytest.fixture(autouse=True)
def norms_are_not_asked(request, monkeypatch):
    """Leave out the judge of norms' statistics, which are by chance in most networks here; tests marked `norms` have
    true ones, or are about files that hold none."""
    if request.node.get_closest_marker("norms") is None:
        monkeypatch.setattr("residua.weights.loading.decide", lambda recognised, *_: recognised)
