"""What do people call this network? "resnet50", "resnet20 without shortcuts (plain)", "ResNet-14 (2-2-2, 16-32-64)"."""

from __future__ import annotations

from typing import Any

from residua.spec import ResNetSpec
from residua.weights.recognise.nearest import differing, nearest
from residua.zoo import ZOO

MOST_DIFFERENCES = 2  # from a network with a name; with more of them that name says nothing any more
LAYERS_A_BLOCK = {"basic": 2, "bottleneck": 3}  # He 2016a Table 1 counts convolutions and the classifier
SHAPE = ("block", "depths", "widths", "stem", "stem_width", "preactivation", "cardinality", "base_width")
SHORTCUTS = {
    "A": "option A",
    "B": "option B",
    "C": "option C",
    "D": "average-pooled shortcuts",
    "none": "without shortcuts (plain)",
}
WORDS: dict[tuple[str, Any], str] = {
    ("shortcut_pad", "both"): "option A's zeros on both sides",
    ("shortcut_pad", "end"): "option A's zeros at the end",
    ("stride_at", "first"): "stride in each stage's first block",
    ("stride_at", "last"): "stride in each stage's last block",
    ("preactivation", True): "pre-activated",
    ("preactivation", False): "not pre-activated",
    ("last_norm", False): "no norm at the end",
    ("project_first", True): "a projection in every stage",
    ("project_first", False): "no projection in the first stage",
    ("projection_norm", True): "norms behind projections",
    ("projection_norm", False): "no norms behind projections",
    ("stride_on", "1x1"): "v1 (stride on the 1×1)",
    ("stride_on", "3x3"): "v1.5 (stride on the 3×3)",
    ("stem_pool", "max"): "max-pool in the stem",
    ("stem_pool", "none"): "no pool in the stem",
    ("stem_pool", "conv"): "strided convolution for the stem's pool",
    ("stem_pool", "max-zero-padded"): "stem pool padded with zeros",
    ("stem_pool", "max-ceil"): "unpadded stem pool",
    ("projection_kernel", 1): "1×1 projections",
    ("projection_kernel", 3): "3×3 projections",
    ("se_round", 1): "gates of the paper's width",
    ("se_round", 8): "gates' width rounded to 8",
    ("attention", "none"): "no gates",
    ("attention", "se"): "SE gates",
    ("attention", "eca"): "ECA gates",
    ("antialias", True): "blurred subsampling",
    ("antialias", False): "no blur",
    ("subsample", "max-pool"): "max-pools for strides",
    ("subsample", "stride"): "strides, no max-pools",
    ("norm", "group"): "group norm",
    ("norm", "batch"): "batch norm",
    ("weight_standardization", True): "standardised kernels",
    ("weight_standardization", False): "kernels not standardised",
    ("padding", "same"): "SAME padding",
    ("padding", "symmetric"): "symmetric padding",
    ("conv_bias", True): "biases in convolutions",
    ("conv_bias", False): "no biases in convolutions",
    ("conv_bias", "stem"): "a bias in the stem",
    ("conv_bias", "unnormed"): "biases where no norm follows",
}


def title(spec: ResNetSpec) -> str:
    """Return what people call `spec`: its name in the zoo, that with up to two differences, or its shape."""
    near = nearest(spec)
    if near.exact:
        return near.name
    fields = differing(spec, ZOO[near.name].spec)
    if len(fields) <= MOST_DIFFERENCES and not set(fields) & set(SHAPE):
        return _joined(near.name, [in_words(name, getattr(spec, name)) for name in fields])
    bare = ResNetSpec(
        **{name: getattr(spec, name) for name in (*SHAPE, "attention")}, in_channels=3, shortcut=spec.shortcut
    )
    fields = [name for name in differing(spec, bare) if name != "shortcut"]
    usual = "B" if spec.stem != "3x3" else None  # with a 3×3 stem A and B are both usual: it is said which
    words = [] if spec.shortcut == usual else [SHORTCUTS[spec.shortcut]]
    return _joined(_by_shape(spec), words + [in_words(name, getattr(spec, name)) for name in fields])


def in_words(name: str, value: Any) -> str:
    """Return what people say for a field of a spec with that value."""
    if name == "shortcut":
        return SHORTCUTS[value]
    if name == "norm_eps":
        return f"ε {value:g}"
    if name == "strides":
        return f"strides {_dashed(value)}"
    return WORDS.get((name, value), f"{name}={value!r}")


def difference(spec: ResNetSpec, from_spec: ResNetSpec) -> str:
    """Return in words what `spec` is and `from_spec` is not."""
    return ", ".join(in_words(name, getattr(spec, name)) for name in differing(spec, from_spec))


def _joined(name: str, words: list[str]) -> str:
    """Return a name with what is different about it; "without …" needs no comma."""
    if words and words[0].startswith("without "):
        name, words = f"{name} {words[0]}", words[1:]
    return ", ".join([name, *words])


def _by_shape(spec: ResNetSpec) -> str:
    """Return a network's family and depth, with its blocks and widths a stage: ResNet-14 (2-2-2, 16-32-64)."""
    family = "ResNet" if spec.cardinality == 1 else "ResNeXt"
    gates = {"none": "", "se": "SE-", "eca": "ECA-"}[spec.attention]
    layers = LAYERS_A_BLOCK[spec.block] * sum(spec.depths) + 2
    details = [_dashed(spec.depths), _dashed(spec.widths)]
    if len(spec.depths) == 1:
        details = [f"one stage of {spec.depths[0]} blocks", f"{spec.widths[0]} wide"]
    if spec.block == "bottleneck":
        details.insert(0, "bottleneck")
    if spec.cardinality > 1 or spec.base_width != 64:
        details.append(f"{spec.cardinality}×{spec.base_width}d")
    stem = {"7x7": "", "3x3": ", 3×3 stem", "deep": ", deep stem", "deep-tiered": ", deep tiered stem"}[spec.stem]
    if spec.stem == "3x3" and len(spec.depths) == 3:
        stem = ""  # as every network for CIFAR has it
    if spec.stem_channels != spec.widths[0] * (2 if spec.stem.startswith("deep") else 1):
        stem += f", {spec.stem_channels} channels behind the stem"
    before = "pre-activated " if spec.preactivation else ""
    return f"{before}{gates}{family}-{layers} ({', '.join(details)}){stem}"


def _dashed(numbers: tuple[int, ...]) -> str:
    return "-".join(map(str, numbers))
