"""Do independent witnesses agree: torch's own flop counter, torchvision's published counts, and gradients?"""

from __future__ import annotations

import pytest
import torch
from peers import torchvision_models
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from residua.nn import ResNet, build
from residua.summary import summarize


@pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d", "vgg11_bn", "densenet121", "mobilenet_v3_small"])
def test_macs_are_half_of_what_torch_counts_as_flops(name):
    with torch.device("meta"):
        model = getattr(torchvision_models(), name)().eval()
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            model(torch.zeros(1, 3, 224, 224))
    assert 2 * summarize(model, (3, 224, 224)).macs == counter.get_total_flops()


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("resnet18", "ResNet18_Weights"),
        ("resnet50", "ResNet50_Weights"),
        ("wide_resnet101_2", "Wide_ResNet101_2_Weights"),
        ("squeezenet1_1", "SqueezeNet1_1_Weights"),
        ("googlenet", "GoogLeNet_Weights"),
        ("shufflenet_v2_x1_0", "ShuffleNet_V2_X1_0_Weights"),
        ("efficientnet_b0", "EfficientNet_B0_Weights"),
        ("mnasnet1_0", "MNASNet1_0_Weights"),
        ("convnext_tiny", "ConvNeXt_Tiny_Weights"),
    ],
)
def test_params_and_macs_are_those_torchvision_publishes(name, weights):
    models = torchvision_models()
    meta = getattr(models, weights).IMAGENET1K_V1.meta
    options = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    with torch.device("meta"):
        found = summarize(getattr(models, name)(**options), (3, 224, 224))
    assert found.params == meta["num_params"]
    assert round(found.macs / 1e9, 3) == pytest.approx(meta["_ops"], abs=1.1e-3)


class Plain(nn.Module):
    """Windows of every kind in a row, without norms: every input pixel in the field reaches the output."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 1, 3, padding=1),
            nn.Conv2d(1, 1, (1, 5), stride=(1, 2), padding=(0, 2)),
            nn.AvgPool2d(3, 2, 1),
            nn.Conv2d(1, 1, 3, padding=2, dilation=2),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.deep = nn.Sequential(nn.Conv2d(1, 1, 3, 2, 1), nn.Conv2d(1, 1, 5, 1, 2))
        self.short = nn.Conv2d(1, 1, 1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.short(x) + self.deep(x)


@pytest.mark.parametrize("make", [Plain, Residual, lambda: build("resnet8", shortcut="B", num_classes=0)])
def test_receptive_field_is_the_spread_of_the_gradient(make):
    """The input pixels with a gradient from the middle of the last map are as many as the receptive field says."""
    model = make().eval()
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 0.1)  # nothing cancels, and no ReLU closes
    channels = next(model.parameters()).shape[1]
    image = torch.ones(1, channels, 97, 97, requires_grad=True)
    deepest = model.stages(image)["layer3"] if isinstance(model, ResNet) else model(image)
    middle = deepest[0, 0, deepest.shape[2] // 2, deepest.shape[3] // 2]
    (gradient,) = torch.autograd.grad(middle, image)
    touched = gradient[0].abs().sum(0).nonzero()
    spread = tuple((touched.max(0).values - touched.min(0).values + 1).tolist())
    field = summarize(model, (channels, 97, 97)).receptive_field
    assert spread == (field if isinstance(field, tuple) else (field, field))
