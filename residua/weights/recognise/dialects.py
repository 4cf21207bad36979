"""What does each code base call the layers of a residual network? One table each, read in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from residua.spec import ResNetSpec
from residua.weights.recognise.our_names import expected

TORCH_LEAVES = {name: name for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")}
KERAS_CONV = {"weight": "kernel:0", "bias": "bias:0"}
KERAS_NORM = {
    "weight": "gamma:0",
    "bias": "beta:0",
    "running_mean": "moving_mean:0",
    "running_var": "moving_variance:0",
}


@dataclass(frozen=True)
class Dialect:
    """A table of names. Left: our module, `#` a stage or block left out; right: theirs.

    block: how their name of a block is made: {stage} {block} count from 1, {s} {b} from 0, {s2} {s3} from 2 and 3.
    inner: our name inside a block → theirs. outer: our name outside of blocks → theirs; {head} counts what precedes it.
    conv, norm: torch's name of a tensor → theirs. joint: what joins module and tensor. files: suffixes of its files.
    conv_head: the classifier is a 1×1 convolution. implies: fields of the spec that this code base always has and no
    tensor shows. unlike: {block: what its blocks of that kind compute, without a tensor, that none here does}.
    """

    name: str
    source: str
    block: str
    inner: Mapping[str, str]
    outer: Mapping[str, str]
    conv: Mapping[str, str] = field(default_factory=lambda: TORCH_LEAVES)
    norm: Mapping[str, str] = field(default_factory=lambda: TORCH_LEAVES)
    joint: str = "."
    files: tuple[str, ...] = (".pth", ".pt", ".bin", ".safetensors")
    hwio: bool = False
    conv_head: bool = False
    implies: Mapping[str, object] = field(default_factory=dict)
    unlike: Mapping[str, str] = field(default_factory=dict)

    def paths(self, spec: ResNetSpec) -> dict[str, str] | None:
        """Return {our module: their module} for the whole network, or None when the layout cannot hold it."""
        if spec.block in self.unlike:
            return None
        return self.names(spec, dict.fromkeys(name.rpartition(".")[0] for name in expected(spec)))

    def names(self, spec: ResNetSpec, modules: Iterable[str]) -> dict[str, str] | None:
        """Return {our module: their module} for our names of all modules of `spec`, or None where a row is missing."""
        found = {}
        if spec.norm == "batch" and "running_mean" not in self.norm:
            return None
        for module in modules:
            theirs = self.path(module, len(spec.depths))
            if theirs is None:
                return None
            found[module] = theirs
        return found

    def path(self, module: str, stages: int) -> str | None:
        """Return their name of one module, or None when there is no such row. Undoes nothing: see `paths`."""
        if module in self.outer:
            return self.outer[module].format(head=stages + 3)
        match = re.fullmatch(r"layer(\d+)\.(\d+)\.(.+)", module)
        if match is None or match[3] not in self.inner:
            return None
        stage, block = int(match[1]), int(match[2])
        numbers = {"stage": stage, "block": block + 1, "s": stage - 1, "b": block, "s2": stage + 1, "s3": stage + 3}
        return self.block.format(**numbers, unit=f"{block + 1:02d}", letter=_letter(block)) + self.inner[match[3]]

    def key(self, path: str, role: str, is_norm: bool) -> str:
        """Return the name of a tensor of the module that they call `path`."""
        return f"{path}{self.joint}{(self.norm if is_norm else self.conv)[role]}"


def _letter(block: int) -> str:
    """Return a, b, c, … and b1, b2, … past z, as Caffe's networks number their blocks."""
    return chr(ord("a") + block) if block < 26 else f"b{block}"


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


BASIC = _same("conv1", "bn1", "conv2", "bn2")
CONVS = _same("conv1", "bn1", "conv2", "bn2", "conv3", "bn3")
PROJECTION = _same("downsample.0", "downsample.1")
NUMBERED = {"conv1": "0", "bn1": "1", "conv2": "3", "bn2": "4", "conv3": "6", "bn3": "7"}  # a Sequential with ReLUs
STEM = _same("conv1", "bn1")
DEEP_STEM = _same("conv1.0", "conv1.1", "conv1.3", "conv1.4", "conv1.6", "bn1", "maxpool.0", "maxpool.1")
GATES = _same("se.fc1", "se.fc2", "se.conv")


def _within(prefix: str, rows: Mapping[str, str]) -> dict[str, str]:
    return {ours: prefix + theirs for ours, theirs in rows.items()}


def _shortcut(conv: str, norm: str) -> dict[str, str]:
    return {"downsample.0": conv, "downsample.1": norm}


def _torch_dialects() -> list[Dialect]:
    layer = "layer{stage}.{b}."
    return [
        Dialect("torchvision", "torchvision.models.resnet", layer, CONVS | PROJECTION, STEM | {"fc": "fc"}),
        Dialect("timm", "timm.models.resnet", layer, CONVS | PROJECTION | GATES | _same("downsample.2"),
                STEM | DEEP_STEM | {"fc": "fc", "norm": "norm"}),
        Dialect("timm-v2", "timm.models.resnetv2", "stages.{s}.blocks.{b}.",
                {"conv1": "conv1", "bn1": "norm1", "conv2": "conv2", "bn2": "norm2", "conv3": "conv3", "bn3": "norm3",
                 **_shortcut("downsample.conv", "downsample.norm")},
                {"conv1": "stem.conv", "norm": "norm", "fc": "head.fc"}, conv_head=True),
        Dialect("huggingface", "transformers ResNetForImageClassification", "resnet.encoder.stages.{s}.layers.{b}.",
                {**{f"conv{step}": f"layer.{step - 1}.convolution" for step in (1, 2, 3)},
                 **{f"bn{step}": f"layer.{step - 1}.normalization" for step in (1, 2, 3)},
                 **_shortcut("shortcut.convolution", "shortcut.normalization")},
                {"conv1": "resnet.embedder.embedder.convolution", "bn1": "resnet.embedder.embedder.normalization",
                 "fc": "classifier.1"}),
        Dialect("kuangliu", "kuangliu/pytorch-cifar; akamaster/pytorch_resnet_cifar10", layer,
                CONVS | _shortcut("shortcut.0", "shortcut.1"), STEM | {"fc": "linear"}),
        Dialect("weiaicunzai", "weiaicunzai/pytorch-cifar100", "conv{s2}_x.{b}.",
                _within("residual_function.", NUMBERED) | _shortcut("shortcut.0", "shortcut.1"),
                {"conv1": "conv1.0", "bn1": "conv1.1", "fc": "fc"}),
        Dialect("mmpretrain", "open-mmlab/mmpretrain", "backbone.layer{stage}.{b}.", CONVS | PROJECTION,
                _within("backbone.", STEM) | {"fc": "head.fc"}),
        Dialect("fb-torch", "facebookarchive/fb.resnet.torch, as nested Sequentials", "{s3}.{b}.0.",
                _within("0.", NUMBERED) | _shortcut("1.0", "1.1"), {"conv1": "0", "bn1": "1", "fc": "10"},
                implies={"shortcut_pad": "end"}),
        Dialect("cadene-se", "Cadene/pretrained-models.pytorch senet; timm's legacy_se…", layer,
                CONVS | PROJECTION | {"se.fc1": "se_module.fc1", "se.fc2": "se_module.fc2"},
                {"conv1": "layer0.conv1", "bn1": "layer0.bn1", "fc": "last_linear"},
                implies={"stride_on": "1x1", "stem_pool": "max-ceil"},
                unlike={"basic": "a ReLU before the gate"}),  # SEResNetBlock of timm's legacy_seresnet18 and 34
        Dialect("cadene", "Cadene/pretrained-models.pytorch", layer, CONVS | PROJECTION, STEM | {"fc": "last_linear"}),
    ]  # fmt: skip


def _tutorial_dialects() -> list[Dialect]:
    layer = "layer{stage}.{b}."
    return [
        Dialect("d2l", "Dive into Deep Learning, nn.Sequential(b1, …, b5, …)", "{stage}.{b}.",
                BASIC | _shortcut("conv3", "bn3"), {"conv1": "0.0", "bn1": "0.1", "fc": "{head}"}),
        Dialect("d2l-class", "Dive into Deep Learning, class ResNet", "net.b{s2}.{b}.",
                BASIC | _shortcut("conv3", "bn3"), {"conv1": "net.0.0", "bn1": "net.0.1", "fc": "net.last.2"}),
        Dialect("left-right", "tutorials with pre, left and right", layer,
                _within("left.", NUMBERED) | _shortcut("right.0", "right.1"),
                {"conv1": "pre.0", "bn1": "pre.1", "fc": "fc"}),
        Dialect("shortcut-fc", "tutorials with conv1, bn1, …, shortcut and fc", layer,
                CONVS | _shortcut("shortcut.0", "shortcut.1"), STEM | {"fc": "fc"}),
        Dialect("block-skip", "tutorials with block and skip", layer,
                _within("block.", NUMBERED) | _shortcut("skip.0", "skip.1"), STEM | {"fc": "fc"}),
    ]  # fmt: skip


def _other_dialects() -> list[Dialect]:
    return [
        Dialect("keras", "keras.applications.resnet", "conv{s2}_block{block}_",
                {**{f"conv{step}": f"{step}_conv" for step in (1, 2, 3)},
                 **{f"bn{step}": f"{step}_bn" for step in (1, 2, 3)}, **_shortcut("0_conv", "0_bn")},
                {"conv1": "conv1_conv", "bn1": "conv1_bn", "fc": "predictions"}, KERAS_CONV, KERAS_NORM, "/",
                (".h5", ".npz"), hwio=True,
                implies={"stride_on": "1x1", "norm_eps": 1.001e-5}),
        Dialect("keras-v2", "keras.applications.resnet_v2", "conv{s2}_block{block}_",
                {"bn1": "preact_bn", "conv1": "1_conv", "bn2": "1_bn", "conv2": "2_conv", "bn3": "2_bn",
                 "conv3": "3_conv", "downsample.0": "0_conv"},
                {"conv1": "conv1_conv", "norm": "post_bn", "fc": "predictions"}, KERAS_CONV, KERAS_NORM, "/",
                (".h5", ".npz"), hwio=True,
                implies={"stride_at": "last", "strides": (2, 2, 2, 1), "stem_pool": "max-zero-padded",
                         "norm_eps": 1.001e-5}),
        Dialect("bit", "google-research/big_transfer", "resnet/block{stage}/unit{unit}/",
                {"conv1": "a/standardized_conv2d", "conv2": "b/standardized_conv2d", "conv3": "c/standardized_conv2d",
                 "bn1": "a/group_norm", "bn2": "b/group_norm", "bn3": "c/group_norm",
                 "downsample.0": "a/proj/standardized_conv2d"},
                {"conv1": "resnet/root_block/standardized_conv2d", "norm": "resnet/group_norm",
                 "fc": "resnet/head/conv2d"},
                {"weight": "kernel", "bias": "bias"}, {"weight": "gamma", "bias": "beta"}, "/", (".npz", ".h5"),
                hwio=True, conv_head=True,
                implies={"weight_standardization": True, "stem_pool": "max-zero-padded", "norm": "group"}),
        Dialect("caffe2", "facebookresearch/Detectron", "res{s2}_{b}_",
                {"conv1": "branch2a", "bn1": "branch2a_bn", "conv2": "branch2b", "bn2": "branch2b_bn",
                 "conv3": "branch2c", "bn3": "branch2c_bn", **_shortcut("branch1", "branch1_bn")},
                {"conv1": "conv1", "bn1": "res_conv1_bn", "fc": "pred"}, {"weight": "w", "bias": "b"},
                {"weight": "s", "bias": "b", "running_mean": "rm", "running_var": "riv"}, "_", (".npz", ".pkl"),
                implies={"stride_on": "1x1", "norm": "batch"}),
    ]  # fmt: skip


DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (*_torch_dialects(), *_tutorial_dialects(), *_other_dialects())
}
