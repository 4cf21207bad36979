"""How does a spec become a module? `build` is the one constructor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch.nn as nn
from torch import Tensor

from residua.errors import SpecError
from residua.metadata import Meta
from residua.nn.blocks import BLOCKS, Block
from residua.nn.layers import MaxPool, Step, conv, norm, unchanged
from residua.plan import plan_stages, plan_stem
from residua.spec import ResNetSpec
from residua.zoo import find


def build(network: str | ResNetSpec, **changes: Any) -> ResNet:
    """Return a new network from a zoo name or a spec, with fields of the spec changed by keyword.

    `build("resnet50", num_classes=10)`, `build("resnet20", shortcut="none")` (its plain twin).
    Weights are drawn from torch's global generator; `with torch.device("meta")` makes one without memory.
    Raises SpecError for an unknown name, an unknown field, or an impossible combination.
    """
    if not isinstance(network, (str, ResNetSpec)):
        raise SpecError(f"build() takes a name from the zoo or a ResNetSpec, not {type(network).__name__}")
    spec = find(network).spec if isinstance(network, str) else network
    return drawn(ResNet(spec.changed(**changes) if changes else spec))


def drawn(model: ResNet) -> ResNet:
    """Draw the weights of a network as its spec wants them, from torch's global generator, and return it."""
    he_fan_out(model)
    if model.spec.zero_gamma:
        zero_gamma(model)
    return model


def he_fan_out(model: nn.Module) -> None:
    """Draw every convolution from N(0, 2/fan_out) (He 2015 eq. 14), biases 0, norms γ = 1 and β = 0.

    The classifier keeps torch's own uniform start, as torchvision's networks do.
    """
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv1d)):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)


def zero_gamma(model: nn.Module) -> None:
    """Start the last γ of every branch at zero, so that each block begins as the identity (Goyal 2017 §5.1).

    A pre-activation block has no norm at its branch's end: its last convolution starts at zero instead (Zhang 2019b).
    """
    for module in model.modules():
        if isinstance(module, Block):
            nn.init.zeros_(getattr(module, module.LAST).weight)


class ResNet(nn.Module):
    """A residual network (or its plain twin): (N, C, H, W) float images → (N, num_classes) logits.

    Parameter names are torchvision's; what torchvision lacks is named as in timm. `spec` says what it is.
    Built by `build`, which also draws the weights. `meta` is what its checkpoint says beside them, if it has one.
    block: another class of blocks than the spec's, to be given the same arguments.
    """

    meta: Meta | None = None

    def __init__(self, spec: ResNetSpec, block: type[Block] | None = None) -> None:
        super().__init__()
        self.spec = spec
        activates = not spec.preactivation  # otherwise the first block's own norm and ReLU come next
        self.conv1 = _stem_conv(spec)
        self.bn1: Step = norm(spec.stem_channels, spec) if activates else unchanged
        self.relu: Step = nn.ReLU() if activates else unchanged
        self.maxpool = _stem_pool(spec)
        block = block or BLOCKS[spec.block, spec.preactivation]
        for number, plans in enumerate(plan_stages(spec), start=1):
            blocks = [block(p.in_channels, p.out_channels, p.stride, spec=spec, place=p.place) for p in plans]
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.norm: Step = norm(spec.features, spec) if spec.ends_in_norm else unchanged
        self.last_relu: Step = nn.ReLU() if spec.ends_in_norm else unchanged
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten: Step = nn.Flatten(1)
        self.dropout: Step = nn.Dropout(spec.dropout) if spec.dropout else unchanged
        self.fc: nn.Module = nn.Linear(spec.features, spec.num_classes) if spec.num_classes else nn.Identity()

    def stem(self, x: Tensor) -> Tensor:
        """Return what the first stage reads: (N, stem channels, H/4, W/4), or H × W with the 3×3 stem."""
        return self.maxpool(self.relu(self.bn1(self.conv1(x))))

    def layers(self) -> Iterator[tuple[str, nn.Sequential]]:
        """Yield ("layer1", its blocks), ("layer2", …) in order."""
        for number in range(1, len(self.spec.depths) + 1):
            yield f"layer{number}", getattr(self, f"layer{number}")

    def pooled(self, x: Tensor) -> Tensor:
        """Return the mean over the last stage's map: (N, C, h, w) → (N, C)."""
        return self.flatten(self.avgpool(self.last_relu(self.norm(x))))

    def head(self, x: Tensor) -> Tensor:
        """Return the logits of the last stage's map: (N, C, h, w) → (N, num_classes)."""
        logits: Tensor = self.fc(self.dropout(self.pooled(x)))
        return logits

    def stages(self, x: Tensor) -> dict[str, Tensor]:
        """Return every intermediate by name: stem, layer1, layer2, …, logits.

        Maps are (N, C, H/s, W/s); see `features` for s and C.
        """
        maps = {"stem": self.stem(x)}
        x = maps["stem"]
        for name, layer in self.layers():
            maps[name] = x = layer(x)
        return maps | {"logits": self.head(x)}

    def embed(self, x: Tensor) -> Tensor:
        """Return the pooled features of images, which the classifier reads: (N, C, H, W) → (N, spec.features)."""
        return self.pooled(self.last_map(x))

    def last_map(self, x: Tensor) -> Tensor:
        """Return the map of the last stage: (N, C, H, W) → (N, spec.features, H/s, W/s)."""
        x = self.stem(x)
        for _, layer in self.layers():
            x = layer(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.last_map(x))


Construct = Callable[[ResNetSpec], ResNet]  # makes the network of a spec, its weights not yet drawn


def _stem_conv(spec: ResNetSpec) -> nn.Module:
    """Return the 7×7 or 3×3 convolution, or the three of a deep stem with norm and ReLU between them."""
    plans = [plan for plan in plan_stem(spec) if plan.name != "maxpool.0"]
    layers: list[nn.Module] = []
    for plan in plans[:-1]:
        layers += [conv(plan, spec), norm(plan.out_channels, spec), nn.ReLU()]
    layers.append(conv(plans[-1], spec))
    return nn.Sequential(*layers) if len(layers) > 1 else layers[0]


def _stem_pool(spec: ResNetSpec) -> Step:
    if spec.stem_pool == "none":
        return unchanged
    if spec.stem_pool == "conv":
        plan = plan_stem(spec)[-1]
        layers = [conv(plan, spec), *([norm(plan.out_channels, spec), nn.ReLU()] if plan.normed else [])]
        return nn.Sequential(*layers)
    if spec.stem_pool == "max-ceil":
        return nn.MaxPool2d(3, 2, ceil_mode=True)
    plain = spec.padding == "symmetric" and spec.stem_pool == "max" and not spec.antialias
    return nn.MaxPool2d(3, 2, padding=1) if plain else MaxPool(spec)
