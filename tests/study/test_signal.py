"""Does `signal` measure what it says: path lengths against paths told apart, plain networks, identities?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from residua.nn import ResNet, build
from residua.nn.blocks import Block
from residua.study import signal
from residua.study.signal import Passed, measure, pass_through, spec_of


def gradient_at(model: ResNet, batch: torch.Tensor, towards: torch.Tensor, scale: float) -> np.ndarray:
    """Return the stem's gradient with every residual's multiplied by `scale`, by hooks on tensors."""

    def scaled(_module: object, _given: object, made: torch.Tensor) -> None:
        made.register_hook(lambda gradient: gradient * scale)

    ends = [getattr(module, module.LAST) for module in model.modules() if isinstance(module, Block)]
    handles = [end.register_forward_hook(scaled) for end in ends]
    stem = model.stem(batch)
    maps = stem
    for _, layer in model.layers():
        maps = layer(maps)
    [found] = torch.autograd.grad(model.head(maps), [stem], towards)
    for handle in handles:
        handle.remove()
    return found.double().numpy().ravel()


def test_the_path_length_is_that_of_the_paths_told_apart():
    torch.manual_seed(0)
    model = build(spec_of(1, "residual")).double().train()
    batch, towards = torch.randn(4, 3, 16, 16).double(), torch.randn(4, 10).double()
    scales = np.arange(4.0)  # three blocks: paths of 0, 1, 2 and 3 residuals
    values = np.stack([gradient_at(model, batch, towards, scale) for scale in scales])
    by_length = np.linalg.solve(np.vander(scales, increasing=True), values)
    whole = by_length.sum(0)
    expected = sum(k * (part @ whole) for k, part in enumerate(by_length)) / (whole @ whole)
    assert measure(model, batch, towards).path_length == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("blocks", [1, 2])
def test_in_a_plain_network_every_path_passes_through_every_block(blocks):
    assert pass_through(spec_of(blocks, "plain"), seed=0).path_length == pytest.approx(3 * blocks, rel=1e-3)


def test_with_zero_gamma_the_gradient_passes_through_no_block():
    found = pass_through(spec_of(2, "residual, zero γ"), seed=0)
    assert found.path_length == pytest.approx(0, abs=1e-4)
    assert found.variances[0] == pytest.approx(found.variances[2])  # each block of the first stage is the identity
    assert len(found.variances) == len(found.gradients) == 7


def test_a_seed_gives_the_same_numbers_and_another_one_others():
    first, again, other = (pass_through(spec_of(1, "residual"), seed) for seed in (1, 1, 2))
    assert first == again
    assert first.gradients != other.gradients


def test_a_gradient_that_overflows_is_said_and_is_no_number():
    torch.manual_seed(0)
    model = build(spec_of(1, "plain")).train()
    found = measure(model, torch.randn(4, 3, 16, 16), torch.full((4, 10), 3e38))
    assert found.path_length is None
    passed: dict[tuple[str, int], list[Passed]] = {(variant, 8): [found] for variant in signal.VARIANTS}
    assert all("overflows single precision" in line for line in signal._seen(passed))
    assert signal._row("plain", 8, 0, found)["gradient_norm_first"] is None
