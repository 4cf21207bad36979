"""With the same weights, do torchvision's and timm's networks say the same?"""

from __future__ import annotations

import pytest
import torch
from peers import torchvision_models
from torch import nn

from residua import build

# the same blocks, deeper or wider
LARGE = ["resnet101", "resnet152", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"]
TORCHVISION = [
    "resnet18", "resnet34", "resnet50", "resnext50_32x4d",
    *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE),
]  # fmt: skip
TIMM = ["resnet26d", "resnet50c", "resnet10t", "resnet50s", "seresnet18", "seresnext50_32x4d", "ecaresnet50d",
        pytest.param("resnetrs50", marks=pytest.mark.slow), "resnetblur50", "resnet50_gn"]  # fmt: skip


TIMM_DILATED = [("resnet50d", 8), ("resnet50d", 16), ("resnet18d", 8), ("resnetblur50", 8), ("resnetblur50", 16),
                ("resnetblur18", 8)]  # fmt: skip
VARIANTS = {
    "resnetblur18": ("resnet18", {"antialias": True}),
    "resnetblur50": ("resnet50", {"antialias": True}),
    "resnet50_gn": ("resnet50", {"norm": "group"}),
}


def of_timms_name(name: str, **changes: object) -> nn.Module:
    """The network that timm calls `name`, with random weights."""
    base, variant = VARIANTS.get(name, (name, {}))
    return randomise(build(base, **variant, **changes))


def randomise(model: nn.Module) -> nn.Module:
    """Random weights, statistics, scales and shifts, none of them at its start value."""
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
        if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.2, generator=generator)
            nn.init.normal_(module.bias, 0, 0.2, generator=generator)
    return model.eval()


def assert_same_logits(ours: nn.Module, theirs: nn.Module, pixels: int) -> None:
    images = torch.randn(2, 3, pixels, pixels, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found, expected = ours(images), theirs(images)
    assert (found - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize("name", TORCHVISION)
def test_state_dicts_go_both_ways_and_logits_equal_torchvisions(name):
    ours = randomise(build(name))
    with torch.device("meta"):
        theirs = getattr(torchvision_models(), name)()
    theirs.load_state_dict(ours.state_dict(), strict=True, assign=True)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for pixels in (224, 160):
        assert_same_logits(ours, theirs.eval(), pixels)


@pytest.mark.parametrize("name", TIMM)
def test_state_dicts_go_both_ways_and_logits_equal_timms(name):
    torchvision_models()  # timm imports torchvision, which needs its operators declared
    timm = pytest.importorskip("timm")
    ours = of_timms_name(name)
    theirs = timm.create_model(name)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    for pixels in (96, 97):
        assert_same_logits(ours, theirs.eval(), pixels)


@pytest.mark.parametrize("stride", [8, 16])
def test_dilated_networks_equal_torchvisions(stride):
    ours = randomise(build("resnet50", output_stride=stride))
    with torch.device("meta"):
        theirs = torchvision_models().resnet50(replace_stride_with_dilation=[False, stride == 8, True])
    theirs.load_state_dict(ours.state_dict(), strict=True, assign=True)
    assert_same_logits(ours, theirs.eval(), 160)
    assert ours.stages(torch.zeros(1, 3, 64, 64))["layer4"].shape[-1] == 64 // stride


@pytest.mark.parametrize(("name", "stride"), TIMM_DILATED)
def test_dilated_networks_that_pool_or_blur_equal_timms(name, stride):
    torchvision_models()
    timm = pytest.importorskip("timm")
    ours = of_timms_name(name, output_stride=stride)
    theirs = timm.create_model(name, output_stride=stride)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    for pixels in (96, 97):
        assert_same_logits(ours, theirs.eval(), pixels)
