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


RESNET18 = ResNetSpec()
RESNET34 = RESNET18.changed(depths=(3, 4, 6, 3))
RESNET50 = ResNetSpec(block="bottleneck", depths=(3, 4, 6, 3))  # v1.5: stride on the 3×3
RESNET26 = RESNET50.changed(depths=(2, 2, 2, 2))
RESNET101 = RESNET50.changed(depths=(3, 4, 23, 3))
RESNET152 = RESNET50.changed(depths=(3, 8, 36, 3))
RESNET200 = RESNET50.changed(depths=(3, 24, 36, 3))
V1 = {"stride_on": "1x1"}  # he2016a, Table 1
KERAS = {"stride_on": "1x1", "conv_bias": True, "norm_eps": 1.001e-5}
KERAS_V2 = {"preactivation": True, "stride_at": "last", "strides": (2, 2, 2, 1), "conv_bias": "unnormed",
            "stem_pool": "max-zero-padded", "norm_eps": 1.001e-5}  # fmt: skip
DEEP = {"stem": "deep", "stem_width": 32}  # he2019, Fig. 2b
D = {**DEEP, "shortcut": "D"}  # he2019, Fig. 2b and 2c
T = {"stem": "deep-tiered", "stem_width": 32, "shortcut": "D"}
# bello2021, Table 9 and appendix; input sizes as timm evaluates them
RS = RESNET50.changed(**D, stem_pool="conv", attention="se", se_ratio=0.25, zero_gamma=True)
CIFAR = ResNetSpec(depths=(3, 3, 3), widths=(16, 32, 64), stem="3x3", stem_width=16, shortcut="A", num_classes=10)
PREACT = CIFAR.changed(preactivation=True, shortcut="B")
PREACT_131 = PREACT.changed(block="bottleneck")  # 1×1, 3×3, 1×1
WIDE_4 = PREACT.changed(widths=(64, 128, 256))
WIDE_8 = PREACT.changed(widths=(128, 256, 512))
WIDE_10 = PREACT.changed(widths=(160, 320, 640))
SMALL = {"stem": "3x3", "num_classes": 10}  # an ImageNet network for images of 32 pixels
QUICK = {"depths": (1, 1, 1), "widths": (64, 192, 256), "strides": (2, 2, 2), "stem_width": 32, "shortcut": "D",
         "subsample": "max-pool"}  # fmt: skip
PREACT_SMALL = {**SMALL, "preactivation": True, "last_norm": False}
D2L = {"conv_bias": True, "projection_norm": False, "in_channels": 1, "num_classes": 10}


def _row(name: str, family: str, spec: ResNetSpec, paper: str, pixels: int = 224) -> ZooRow:
    return ZooRow(name, family, spec, paper, (spec.in_channels, pixels, pixels))


_ROWS = (
    _row("resnet18", "resnet", RESNET18, "he2016a Table 1"),
    _row("resnet34", "resnet", RESNET34, "he2016a Table 1"),
    _row("resnet26", "resnet", RESNET26, "wightman2019"),
    _row("resnet50", "resnet", RESNET50, "he2016a Table 1, stride as goyal2017"),
    _row("resnet101", "resnet", RESNET101, "he2016a Table 1, stride as goyal2017"),
    _row("resnet152", "resnet", RESNET152, "he2016a Table 1, stride as goyal2017"),
    _row("resnet200", "resnet", RESNET200, "he2016a Table 1, stride as goyal2017"),
    _row("resnet50_v1", "resnet", RESNET50.changed(**V1), "he2016a Table 1"),
    _row("resnet101_v1", "resnet", RESNET101.changed(**V1), "he2016a Table 1"),
    _row("resnet152_v1", "resnet", RESNET152.changed(**V1), "he2016a Table 1"),
    _row("resnet50_keras", "resnet", RESNET50.changed(**KERAS), "he2016a as in chollet2015"),
    _row("resnet101_keras", "resnet", RESNET101.changed(**KERAS), "he2016a as in chollet2015"),
    _row("resnet152_keras", "resnet", RESNET152.changed(**KERAS), "he2016a as in chollet2015"),
    _row("resnext50_32x4d", "resnext", RESNET50.changed(cardinality=32, base_width=4), "xie2017 Table 1"),
    _row("resnext101_32x8d", "resnext", RESNET101.changed(cardinality=32, base_width=8), "xie2017 Table 1"),
    _row("resnext101_64x4d", "resnext", RESNET101.changed(cardinality=64, base_width=4), "xie2017 Table 1"),
    _row("wide_resnet50_2", "wide", RESNET50.changed(base_width=128), "zagoruyko2016 §3.5"),
    _row("wide_resnet101_2", "wide", RESNET101.changed(base_width=128), "zagoruyko2016 §3.5"),
    _row("resnet18d", "resnet-d", RESNET18.changed(**D), "he2019 Fig. 2"),
    _row("resnet26d", "resnet-d", RESNET26.changed(**D), "he2019 Fig. 2"),
    _row("resnet34d", "resnet-d", RESNET34.changed(**D), "he2019 Fig. 2"),
    _row("resnet50d", "resnet-d", RESNET50.changed(**D), "he2019 Fig. 2"),
    _row("resnet101d", "resnet-d", RESNET101.changed(**D), "he2019 Fig. 2"),
    _row("resnet152d", "resnet-d", RESNET152.changed(**D), "he2019 Fig. 2"),
    _row("resnet200d", "resnet-d", RESNET200.changed(**D), "he2019 Fig. 2", 256),
    _row("resnet50c", "resnet-c", RESNET50.changed(**DEEP), "he2019 Fig. 2b"),
    _row("resnet50s", "resnet-s", RESNET50.changed(stem="deep", stem_width=64), "wightman2019"),
    _row("resnet10t", "resnet-t", RESNET18.changed(**T, depths=(1, 1, 1, 1)), "wightman2019", 176),
    _row("resnet14t", "resnet-t", RESNET50.changed(**T, depths=(1, 1, 1, 1)), "wightman2019", 176),
    _row("resnet26t", "resnet-t", RESNET26.changed(**T), "wightman2019", 256),
    _row("resnet50t", "resnet-t", RESNET50.changed(**T), "wightman2019"),
    _row("seresnet18", "se", RESNET18.changed(attention="se"), "hu2018 §4"),
    _row("seresnet50", "se", RESNET50.changed(attention="se"), "hu2018 §4"),
    _row("seresnet101", "se", RESNET101.changed(attention="se"), "hu2018 §4"),
    _row("seresnet152", "se", RESNET152.changed(attention="se"), "hu2018 §4"),
    _row("seresnext50_32x4d", "se", RESNET50.changed(cardinality=32, base_width=4, attention="se"), "hu2018 §6.1"),
    _row("ecaresnet50d", "eca", RESNET50.changed(**D, attention="eca"), "wang2020 §3.3 on he2019"),
    _row("ecaresnet101d", "eca", RESNET101.changed(**D, attention="eca"), "wang2020 §3.3 on he2019"),
    _row("resnetrs50", "resnet-rs", RS.changed(depths=(3, 4, 6, 3)), "bello2021 §5", 160),
    _row("resnetrs101", "resnet-rs", RS.changed(depths=(3, 4, 23, 3)), "bello2021 §5", 192),
    _row("resnetrs152", "resnet-rs", RS.changed(depths=(3, 8, 36, 3)), "bello2021 §5", 256),
    _row("resnetrs200", "resnet-rs", RS.changed(depths=(3, 24, 36, 3)), "bello2021 §5", 256),
    _row("resnetrs270", "resnet-rs", RS.changed(depths=(4, 29, 53, 4)), "bello2021 §5", 256),
    _row("resnetrs350", "resnet-rs", RS.changed(depths=(4, 36, 72, 4)), "bello2021 §5", 288),
    _row("resnetrs420", "resnet-rs", RS.changed(depths=(4, 44, 87, 4)), "bello2021 §5", 320),
    _row("resnetv2_18", "preact", RESNET18.changed(preactivation=True), "he2016b Fig. 4e"),
    _row("resnetv2_34", "preact", RESNET34.changed(preactivation=True), "he2016b Fig. 4e"),
    _row("resnetv2_50", "preact", RESNET50.changed(preactivation=True), "he2016b Fig. 4e"),
    _row("resnetv2_101", "preact", RESNET101.changed(preactivation=True), "he2016b Fig. 4e"),
    _row("resnetv2_152", "preact", RESNET152.changed(preactivation=True), "he2016b Fig. 4e"),
    _row("resnetv2_50_keras", "preact", RESNET50.changed(**KERAS_V2), "he2016b as in chollet2015"),
    _row("resnetv2_101_keras", "preact", RESNET101.changed(**KERAS_V2), "he2016b as in chollet2015"),
    _row("resnetv2_152_keras", "preact", RESNET152.changed(**KERAS_V2), "he2016b as in chollet2015"),
    _row("resnet8", "cifar", CIFAR.changed(depths=(1, 1, 1)), "he2016a §4.2: 6n+2 layers", 32),
    _row("resnet20", "cifar", CIFAR.changed(depths=(3, 3, 3)), "he2016a §4.2: 6n+2 layers", 32),
    _row("resnet32", "cifar", CIFAR.changed(depths=(5, 5, 5)), "he2016a §4.2: 6n+2 layers", 32),
    _row("resnet44", "cifar", CIFAR.changed(depths=(7, 7, 7)), "he2016a §4.2: 6n+2 layers", 32),
    _row("resnet56", "cifar", CIFAR.changed(depths=(9, 9, 9)), "he2016a §4.2: 6n+2 layers", 32),
    _row("resnet110", "cifar", CIFAR.changed(depths=(18, 18, 18)), "he2016a §4.2: 6n+2 layers", 32),
    _row("resnet1202", "cifar", CIFAR.changed(depths=(200, 200, 200)), "he2016a §4.2: 6n+2 layers", 32),
    _row("preact_resnet110", "cifar-preact", PREACT.changed(depths=(18, 18, 18)), "he2016b §3", 32),
    _row("preact_resnet164", "cifar-preact", PREACT_131.changed(depths=(18, 18, 18)), "he2016b §3: 9n+2 layers", 32),
    _row("preact_resnet1001", "cifar-preact", PREACT_131.changed(depths=(111,) * 3), "he2016b §3: 9n+2 layers", 32),
    _row("wrn_16_8", "wrn", WIDE_8.changed(depths=(2, 2, 2)), "zagoruyko2016 Table 1: 6n+4 layers", 32),
    _row("wrn_22_8", "wrn", WIDE_8.changed(depths=(3, 3, 3)), "zagoruyko2016 Table 1: 6n+4 layers", 32),
    _row("wrn_28_10", "wrn", WIDE_10.changed(depths=(4, 4, 4)), "zagoruyko2016 Table 1: 6n+4 layers", 32),
    _row("wrn_40_4", "wrn", WIDE_4.changed(depths=(6, 6, 6)), "zagoruyko2016 Table 1: 6n+4 layers", 32),
    _row("wrn_40_10", "wrn", WIDE_10.changed(depths=(6, 6, 6)), "zagoruyko2016 Table 1: 6n+4 layers", 32),
    _row("resnet18_cifar", "cifar-stem", RESNET18.changed(**SMALL), "he2016a Table 1 with the stem of §4.2", 32),
    _row("resnet34_cifar", "cifar-stem", RESNET34.changed(**SMALL), "he2016a Table 1 with the stem of §4.2", 32),
    _row("resnet50_cifar", "cifar-stem", RESNET50.changed(**SMALL), "he2016a Table 1 with the stem of §4.2", 32),
    _row("preact_resnet18_cifar", "cifar-stem", RESNET18.changed(**PREACT_SMALL), "he2016b as in liu2017", 32),
    _row("resnet8_quick", "cifar-stem", RESNET18.changed(**SMALL, **QUICK), "ours: he2019, zhang2019, page2018", 32),
    _row("resnet18_d2l", "tutorial", RESNET18.changed(**D2L), "zhang2021 §8.6"),
    _row("resnet34_tutorial", "tutorial", RESNET34.changed(project_first=True), "chen2017b ch. 4"),
)

ZOO: Mapping[str, ZooRow] = MappingProxyType({row.name: row for row in _ROWS})


def find(name: str) -> ZooRow:
    """Return the row called `name`. Raises SpecError with the nearest names when there is none."""
    if name in ZOO:
        return ZOO[name]
    near = nearest(name.lower(), ZOO, most=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise SpecError(f"unknown network {name!r}; {hint}`residua list` shows all {len(ZOO)}.")
