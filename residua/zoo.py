"""Which published residual networks are there? One row a network: name → spec, paper and section, input size.

Names are torchvision's and timm's where they have one; keys such as he2016a stand in docs/papers.md. Each row is
derived from its parent by what its paper changed. The plain twin of any row is `build(name, shortcut="none")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from residua.errors import SpecError
from residua.spec import ResNetSpec
from residua.text import nearest


@dataclass(frozen=True)
class ZooRow:
    """One published network. `input_size` is (channels, height, width) in pixels, as its source evaluates it."""

    name: str
    family: str
    spec: ResNetSpec
    paper: str
    input_size: tuple[int, int, int]


BASIC = ResNetSpec()
BOTTLENECK = ResNetSpec(block="bottleneck", depths=(3, 4, 6, 3))
DEPTHS = {
    10: (1, 1, 1, 1),
    14: (1, 1, 1, 1),
    18: (2, 2, 2, 2),
    26: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}
RS_ROWS = {  # depth: (blocks a stage, pixels at which timm evaluates it); Bello 2021, Table 9 and appendix
    50: ((3, 4, 6, 3), 160),
    101: ((3, 4, 23, 3), 192),
    152: ((3, 8, 36, 3), 256),
    200: ((3, 24, 36, 3), 256),
    270: ((4, 29, 53, 4), 256),
    350: ((4, 36, 72, 4), 288),
    420: ((4, 44, 87, 4), 320),
}


def _sized(depth: int) -> ResNetSpec:
    """Return the ImageNet ResNet of `depth` layers: basic blocks for 10, 18 and 34, bottlenecks otherwise."""
    return (BASIC if depth in (10, 18, 34) else BOTTLENECK).changed(depths=DEPTHS[depth])


def _imagenet() -> list[ZooRow]:
    rows = [_row(f"resnet{depth}", "resnet", _sized(depth), "he2016a Table 1") for depth in (18, 34)]
    for depth in (26, 50, 101, 152, 200):
        source = "wightman2019" if depth == 26 else "he2016a Table 1, stride as goyal2017"
        rows.append(_row(f"resnet{depth}", "resnet", _sized(depth), source))
    for depth in (50, 101, 152):
        rows.append(_row(f"resnet{depth}_v1", "resnet", _sized(depth).changed(stride_on="1x1"), "he2016a Table 1"))
    for depth in (50, 101, 152):
        keras = _sized(depth).changed(stride_on="1x1", conv_bias=True, norm_eps=1.001e-5)
        rows.append(_row(f"resnet{depth}_keras", "resnet", keras, "he2016a as in chollet2015"))
    return rows


def _resnext_and_wide() -> list[ZooRow]:
    rows = []
    for depth, cardinality, width in ((50, 32, 4), (101, 32, 8), (101, 64, 4)):
        spec = _sized(depth).changed(cardinality=cardinality, base_width=width)
        rows.append(_row(f"resnext{depth}_{cardinality}x{width}d", "resnext", spec, "xie2017 Table 1"))
    for depth in (50, 101):
        spec = _sized(depth).changed(base_width=128)
        rows.append(_row(f"wide_resnet{depth}_2", "wide", spec, "zagoruyko2016 §3.5"))
    return rows


def _deep_stems() -> list[ZooRow]:
    rows = []
    for depth, pixels in ((18, 224), (26, 224), (34, 224), (50, 224), (101, 224), (152, 224), (200, 256)):
        spec = _sized(depth).changed(stem="deep", stem_width=32, shortcut="D")
        rows.append(_row(f"resnet{depth}d", "resnet-d", spec, "he2019 Fig. 2", pixels))
    deep = _sized(50).changed(stem="deep", stem_width=32)
    rows.append(_row("resnet50c", "resnet-c", deep, "he2019 Fig. 2b"))
    rows.append(_row("resnet50s", "resnet-s", deep.changed(stem_width=64), "wightman2019"))
    for depth, pixels in ((10, 176), (14, 176), (26, 256), (50, 224)):
        spec = _sized(depth).changed(stem="deep-tiered", stem_width=32, shortcut="D")
        rows.append(_row(f"resnet{depth}t", "resnet-t", spec, "wightman2019", pixels))
    return rows


def _gated() -> list[ZooRow]:
    rows = []
    for depth in (18, 50, 101, 152):
        rows.append(_row(f"seresnet{depth}", "se", _sized(depth).changed(attention="se"), "hu2018 §4"))
    seresnext = _sized(50).changed(cardinality=32, base_width=4, attention="se")
    rows.append(_row("seresnext50_32x4d", "se", seresnext, "hu2018 §6.1"))
    for depth in (50, 101):
        spec = _sized(depth).changed(stem="deep", stem_width=32, shortcut="D", attention="eca")
        rows.append(_row(f"ecaresnet{depth}d", "eca", spec, "wang2020 §3.3 on he2019"))
    for depth, (depths, pixels) in RS_ROWS.items():
        spec = BOTTLENECK.changed(
            depths=depths, stem="deep", stem_width=32, stem_pool="conv", shortcut="D", attention="se", se_ratio=0.25
        )
        rows.append(_row(f"resnetrs{depth}", "resnet-rs", spec.changed(zero_gamma=True), "bello2021 §5", pixels))
    return rows


def _preactivated() -> list[ZooRow]:
    rows = []
    for depth in (18, 34, 50, 101, 152):
        rows.append(_row(f"resnetv2_{depth}", "preact", _sized(depth).changed(preactivation=True), "he2016b Fig. 4e"))
    for depth in (50, 101, 152):
        keras = _sized(depth).changed(preactivation=True, stride_at="last", strides=(2, 2, 2, 1), conv_bias="unnormed",
                                      stem_pool="max-zero-padded", norm_eps=1.001e-5)  # fmt: skip
        rows.append(_row(f"resnetv2_{depth}_keras", "preact", keras, "he2016b as in chollet2015"))
    return rows


CIFAR = ResNetSpec(depths=(3, 3, 3), widths=(16, 32, 64), stem="3x3", stem_width=16, shortcut="A", num_classes=10)


def _cifar() -> list[ZooRow]:
    rows = []
    for depth in (8, 20, 32, 44, 56, 110, 1202):
        spec = CIFAR.changed(depths=((depth - 2) // 6,) * 3)
        rows.append(_row(f"resnet{depth}", "cifar", spec, "he2016a §4.2: 6n+2 layers", 32))
    preact = CIFAR.changed(preactivation=True, shortcut="B")
    rows.append(_row("preact_resnet110", "cifar-preact", preact.changed(depths=(18,) * 3), "he2016b §3", 32))
    for depth in (164, 1001):
        spec = preact.changed(block="bottleneck", depths=((depth - 2) // 9,) * 3)
        rows.append(_row(f"preact_resnet{depth}", "cifar-preact", spec, "he2016b §3: 9n+2 layers", 32))
    for depth, k in ((16, 8), (22, 8), (28, 10), (40, 4), (40, 10)):
        spec = preact.changed(depths=((depth - 4) // 6,) * 3, widths=(16 * k, 32 * k, 64 * k))
        rows.append(_row(f"wrn_{depth}_{k}", "wrn", spec, "zagoruyko2016 Table 1: 6n+4 layers", 32))
    for name, depth in (("resnet18_cifar", 18), ("resnet34_cifar", 34), ("resnet50_cifar", 50)):
        spec = _sized(depth).changed(stem="3x3", num_classes=10)
        rows.append(_row(name, "cifar-stem", spec, "he2016a Table 1 with the stem of §4.2", 32))
    without = _sized(18).changed(stem="3x3", preactivation=True, last_norm=False, num_classes=10)
    rows.append(_row("preact_resnet18_cifar", "cifar-stem", without, "he2016b as in liu2017", 32))
    quick = BASIC.changed(depths=(1, 1, 1), widths=(64, 192, 256), strides=(2, 2, 2), stem="3x3", stem_width=32,
                          shortcut="D", subsample="max-pool", num_classes=10)  # fmt: skip
    rows.append(_row("resnet8_quick", "cifar-stem", quick, "ours: he2019, zhang2019, page2018", 32))
    return rows


def _tutorials() -> list[ZooRow]:
    d2l = BASIC.changed(conv_bias=True, projection_norm=False, in_channels=1, num_classes=10)
    return [
        _row("resnet18_d2l", "tutorial", d2l, "zhang2021 §8.6"),
        _row("resnet34_tutorial", "tutorial", _sized(34).changed(project_first=True), "chen2017b ch. 4"),
    ]


def _row(name: str, family: str, spec: ResNetSpec, paper: str, pixels: int = 224) -> ZooRow:
    return ZooRow(name, family, spec, paper, (spec.in_channels, pixels, pixels))


_ROWS = [*_imagenet(), *_resnext_and_wide(), *_deep_stems(), *_gated(), *_preactivated(), *_cifar(), *_tutorials()]

ZOO: Mapping[str, ZooRow] = MappingProxyType({row.name: row for row in _ROWS})


def find(name: str) -> ZooRow:
    """Return the row called `name`. Raises SpecError with the nearest names when there is none."""
    if name in ZOO:
        return ZOO[name]
    near = nearest(name.lower(), ZOO, most=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise SpecError(f"unknown network {name!r}; {hint}`residua list` shows all {len(ZOO)}.")
