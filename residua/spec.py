"""What distinguishes one published residual network from another?

A `ResNetSpec` is a value: frozen, validated, comparable, and JSON in every file that residua writes. A field
exists only because two published networks differ in it; keys of docs/papers.md say which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from residua.errors import SpecError
from residua.text import nearest

EXPANSION = {"basic": 1, "bottleneck": 4}  # output channels of a block / its stage width (He 2016a, Table 1)

# A field that means something only beside another one: (when it does, the same in words).
_ONLY_WITH: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "shortcut_pad": (lambda spec: spec.shortcut == "A", "shortcut='A'"),
    "project_first": (lambda spec: spec.shortcut in ("B", "D"), "shortcut='B' or 'D'"),
    "projection_norm": (lambda spec: spec.shortcut in ("B", "C", "D"), "shortcut='B', 'C' or 'D'"),
    "last_norm": (lambda spec: spec.preactivation, "preactivation=True"),
    "drop_path": (
        lambda spec: spec.shortcut != "none",
        "a shortcut (dropping the branch of a plain block drops everything)",
    ),
    "zero_gamma": (lambda spec: spec.shortcut != "none", "a shortcut (a plain block with zero γ is zero everywhere)"),
    "stride_on": (lambda spec: spec.block == "bottleneck", "block='bottleneck'"),
    "cardinality": (lambda spec: spec.block == "bottleneck", "block='bottleneck'"),
    "base_width": (lambda spec: spec.block == "bottleneck", "block='bottleneck'"),
    "se_ratio": (lambda spec: spec.attention == "se", "attention='se'"),
    "se_round": (lambda spec: spec.attention == "se", "attention='se'"),
    "projection_kernel": (lambda spec: spec.shortcut in ("B", "C"), "shortcut='B' or 'C'"),
}

# What a file of a stranger may ask for. ResNet-1202 has 600 blocks, BiT's R152x4 is 2,048 wide, ImageNet-21k has 21,843
# classes.
MOST_BLOCKS, MOST_STAGES, MOST_CHANNELS, MOST_CLASSES = 2_048, 32, 65_536, 2_000_000


class ResNetSpec(BaseModel):
    """A residual network (or its plain twin) as a value; `residua.build` makes the module.

    `ResNetSpec(block="bottleneck", depths=(3, 4, 6, 3))` is ResNet-50 as everybody trains it today (v1.5).
    Raises SpecError, naming the fields, when the combination cannot exist.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    block: Literal["basic", "bottleneck"] = Field("basic", description="two 3×3, or 1×1-3×3-1×1 (He 2016a §3.3)")
    depths: tuple[int, ...] = Field((2, 2, 2, 2), description="blocks in each stage")
    widths: tuple[int, ...] = Field(description="width of the 3×3 in each stage; doubles from 64 by default")
    strides: tuple[int, ...] = Field(description="stride of each stage; 1, then 2s by default")
    stride_at: Literal["first", "last"] = Field("first", description="which block of a stage strides (Keras v2: last)")
    preactivation: bool = Field(False, description="norm and ReLU before each convolution (He 2016b)")
    last_norm: bool = Field(True, description="norm and ReLU behind the last block of a pre-activated network")
    shortcut: Literal["A", "B", "C", "D", "none"] = Field(
        "B",
        description="zero padding, projection where the shape changes, projection everywhere (He 2016a §4.1), "
        "average pool then 1×1 (He 2019 Fig. 2c), or none: the plain network",
    )
    shortcut_pad: Literal["both", "end"] = Field("both", description="where option A puts its zero channels")
    project_first: bool = Field(False, description="the first block of every stage projects, shape change or not")
    projection_norm: bool = Field(description="a norm after the projection; true unless pre-activation")
    projection_kernel: Literal[1, 3] = Field(1, description="side of the projection's kernel (3: SENet-154, Hu 2018)")
    stride_on: Literal["1x1", "3x3"] = Field("3x3", description="bottleneck stride: v1 on the 1×1, v1.5 on the 3×3")
    stem: Literal["7x7", "3x3", "deep", "deep-tiered"] = Field(
        "7x7", description="7×7 stride 2, 3×3 stride 1 (CIFAR), three 3×3 (He 2019 Fig. 2b), three growing 3×3"
    )
    stem_width: int = Field(64, ge=1, description="channels of its (first) convolution; deep stems give twice it")
    stem_pool: Literal["max", "max-zero-padded", "max-ceil", "conv", "none"] = Field(
        description="after the stem: 3×3 max-pool, the same padded with zeros, unpadded where the last window reaches "
        "out (Hu 2018), a strided 3×3 (Bello 2021), nothing"
    )
    cardinality: int = Field(1, ge=1, description="groups of the 3×3 (Xie 2017 §3)")
    base_width: int = Field(64, ge=1, description="width of each group where the stage is 64 wide (Xie 2017)")
    attention: Literal["none", "se", "eca"] = Field("none", description="gate at the branch's end (Hu 2018; Wang 2020)")
    se_ratio: float = Field(
        1 / 16, gt=0, le=1, description="squeeze width / channels, rounded to a multiple of se_round"
    )
    se_round: int = Field(8, ge=1, description="the squeeze width is a multiple of it; 1: as in the paper (Hu 2018)")
    antialias: bool = Field(
        False, description="blur where the max-pool and a block's 3×3 subsample, not in stem or projection (Zhang 2019)"
    )
    subsample: Literal["stride", "max-pool"] = Field(
        "stride", description="how a block's first 3×3 halves the map: its stride, or a 2×2 max-pool behind (Page 2018)"
    )
    norm: Literal["batch", "group"] = Field("batch", description="batch norm, or gcd(32, channels) groups (Wu 2018)")
    norm_eps: float = Field(1e-5, gt=0, description="ε of every norm")
    weight_standardization: bool = Field(False, description="kernels to zero mean and unit variance (Qiao 2019)")
    padding: Literal["symmetric", "same"] = Field(
        "symmetric", description="k//2 on every side, or TensorFlow's SAME: more at the end"
    )
    conv_bias: bool | Literal["stem", "unnormed"] = Field(
        False, description="bias in every convolution, in the stem's, or where no norm follows (Keras v2)"
    )
    block_dropout: float = Field(0.0, ge=0, lt=1, description="before a block's last 3×3 (Zagoruyko 2016 §3.4)")
    drop_path: float = Field(0.0, ge=0, lt=1, description="last block's rate of stochastic depth, linear (Huang 2016)")
    dropout: float = Field(0.0, ge=0, lt=1, description="before the classifier")
    zero_gamma: bool = Field(False, description="last norm of each branch starts at zero (Goyal 2017 §5.1)")
    output_stride: Literal[8, 16, 32] = Field(32, description="strides past this become dilation (Chen 2017 §3.1)")
    in_channels: int = Field(3, ge=1, description="channels of the images")
    num_classes: int = Field(1000, ge=0, description="0: no classifier, pooled features")

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise SpecError(_in_one_line(error)) from None

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's, with SpecError for what cannot be a network."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise SpecError(_in_one_line(error)) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """As pydantic's, with SpecError for what cannot be a network."""
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            raise SpecError(_in_one_line(error)) from None

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, but validated: SpecError for an `update` that gives no network. `changed` adapts the rest."""
        return type(self)(**dict(self) | dict(update)) if update else super().model_copy(deep=deep)

    @model_validator(mode="before")
    @classmethod
    def _fill_dependent_defaults(cls, fields: Any) -> Any:
        """Give the four fields whose default depends on another one their value."""
        if not isinstance(fields, dict):
            return fields
        depths = fields.get("depths", (2, 2, 2, 2))
        stages = len(depths) if isinstance(depths, (tuple, list)) else 4
        filled = {
            "widths": tuple(64 * 2**stage for stage in range(stages)),
            "strides": (1,) + (2,) * (stages - 1),
            "projection_norm": not fields.get("preactivation", False),
            "stem_pool": "none" if fields.get("stem") == "3x3" else "max",
        }
        return filled | fields

    @model_validator(mode="after")
    def _can_exist(self) -> Self:
        counts = (len(self.depths), len(self.widths), len(self.strides))
        _require(
            len(set(counts)) == 1 and counts[0] > 0,
            f"depths, widths and strides need one number a stage, not {counts[0]}, {counts[1]} and {counts[2]}",
        )
        for name in ("depths", "widths", "strides"):
            _require(min(getattr(self, name)) > 0, f"{name}={getattr(self, name)} must all be positive")
        for name, value, most in (
            ("blocks", sum(self.depths), MOST_BLOCKS),
            ("stages", counts[0], MOST_STAGES),
            ("channels", max(*self.widths, self.stem_width, self.base_width, self.in_channels), MOST_CHANNELS),
            ("groups", self.cardinality, MOST_CHANNELS),
            ("classes", self.num_classes, MOST_CLASSES),
        ):
            _require(value <= most, f"{value:,} {name}; at most {most:,} can be built")
        for name, (holds, words) in _ONLY_WITH.items():
            default = _default_of(name, self)
            _require(holds(self) or getattr(self, name) == default, f"{name}={getattr(self, name)!r} needs {words}")
        self._branch_can_exist()
        self._nobody_has_published()
        return self

    def _branch_can_exist(self) -> None:
        for width in self.widths:
            inner = self.inner_width(width)
            _require(
                inner >= 1 and inner % self.cardinality == 0,
                f"base_width={self.base_width} and cardinality="
                f"{self.cardinality} leave the 3×3 of a stage of width {width} no channels",
            )
        channels = (self.stem_channels, *map(self.out_channels, self.widths))
        _require(
            self.shortcut != "A" or list(channels) == sorted(channels),
            "shortcut='A' can only add channels, but "
            f"they go {' → '.join(map(str, channels))}: use shortcut='B', or widths that grow",
        )
        _require(
            self.conv_bias != "unnormed" or self.preactivation or not self.projection_norm,
            "conv_bias='unnormed' needs a convolution that no norm follows: preactivation=True or "
            "projection_norm=False",
        )
        _require(
            self.stem != "deep-tiered" or self.stem_width >= 4,
            f"stem='deep-tiered' needs stem_width ≥ 4, not {self.stem_width}",
        )

    def _nobody_has_published(self) -> None:
        if self.antialias:
            _require(not self.preactivation, "antialias=True and preactivation=True: nobody has published the place")
            _require(self.stride_on == "3x3", "antialias=True needs stride_on='3x3': it blurs after that convolution")
            unblurred = self.stem_pool in ("conv", "max-ceil")
            _require(not unblurred, f"antialias=True needs stem_pool='max' or 'none', not {self.stem_pool!r}")
        if self.subsample == "max-pool":
            fits = self.block == "basic" and not self.preactivation
            _require(fits, "subsample='max-pool' needs block='basic' and preactivation=False")
            _require(not self.antialias, "subsample='max-pool' and antialias=True: one of them subsamples")
        _require(
            not (self.stem_pool == "max-ceil" and self.padding == "same"),
            "stem_pool='max-ceil' needs padding='symmetric'",
        )
        _require(
            not (self.weight_standardization and self.padding == "same"),
            "weight_standardization=True needs padding='symmetric'",
        )
        _require(
            self.stride_at == "first" or (self.output_stride == 32 and not self.antialias),
            "stride_at='last' needs output_stride=32 and antialias=False",
        )

    def changed(self, **changes: Any) -> ResNetSpec:
        """Return the spec with `changes`; fields that lose their meaning, or whose default moved, go to the default.

        `RESNET50.changed(stride_on="1x1")` is v1; `spec.changed(shortcut="none")` is the plain twin. With fewer
        `depths` the first widths and strides stay; each stage more is twice as wide as the last, at stride 2.
        Raises SpecError for an unknown field or an impossible result.
        """
        kept = {name: value for name, value in self if name not in changes}
        depths = changes.get("depths", self.depths)
        if isinstance(depths, (tuple, list)):  # anything else is for validation to refuse
            more = range(1, len(depths) - len(self.depths) + 1)
            widths = (*self.widths, *(self.widths[-1] * 2**step for step in more))
            strides = (*self.strides, *(2 for _ in more))
            continued = {"widths": widths[: len(depths)], "strides": strides[: len(depths)]}
            kept |= {name: value for name, value in continued.items() if name in kept}
        if "stem" in changes and changes["stem"] != self.stem:
            kept.pop("stem_pool", None)
        if changes.get("preactivation", self.preactivation) != self.preactivation:
            kept.pop("projection_norm", None)
        for name, (holds, _) in _ONLY_WITH.items():
            if name in kept and not holds(_Merged(self, changes)):
                kept.pop(name)
        return ResNetSpec(**kept, **changes)

    def inner_width(self, width: int) -> int:
        """Return the channels of the 3×3 in a stage of `width` (Xie 2017: cardinality × width of a group)."""
        return width * self.base_width // 64 * self.cardinality

    def out_channels(self, width: int) -> int:
        """Return what a block of a stage of `width` gives to the next one."""
        return width * EXPANSION[self.block]

    @property
    def stem_channels(self) -> int:
        """Channels that the stem gives to the first stage."""
        return self.stem_width * (2 if self.stem.startswith("deep") else 1)

    @property
    def ends_in_norm(self) -> bool:
        """Whether a norm and a ReLU stand between the last block and the pooling."""
        return self.preactivation and self.last_norm

    @property
    def features(self) -> int:
        """Channels after global pooling."""
        return self.out_channels(self.widths[-1])

    def __str__(self) -> str:
        """Show only what differs from the defaults."""
        bare = ResNetSpec(depths=self.depths, stem=self.stem, preactivation=self.preactivation)
        telling = ("depths",) + (("stem",) if self.stem != "7x7" else ()) + (("preactivation",) * self.preactivation)
        changed = [f"{name}={value!r}" for name, value in self if name in telling or value != getattr(bare, name)]
        return f"ResNetSpec({', '.join(changed)})"

    __repr__ = __str__


class _Merged:
    """A spec's fields with changes laid over them, before anything is validated."""

    def __init__(self, spec: ResNetSpec, changes: dict[str, Any]) -> None:
        self._spec, self._changes = spec, changes

    def __getattr__(self, name: str) -> Any:
        return self._changes[name] if name in self._changes else getattr(self._spec, name)


def _default_of(name: str, spec: ResNetSpec) -> Any:
    if name == "projection_norm":
        return not spec.preactivation
    return ResNetSpec.model_fields[name].default


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


def _in_one_line(error: ValidationError) -> str:
    """Say the first problem of a pydantic error the way our own errors read."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error":
        cause = first["ctx"]["error"]
        return str(cause) if isinstance(cause, SpecError) else f"no such network: {cause}"
    if first["type"] == "extra_forbidden":
        near = nearest(field, ResNetSpec.model_fields)
        return f"{field!r} is not a field of ResNetSpec" + (f"; did you mean {near[0]!r}?" if near else "")
    if not field:
        return f"not a network's specification: {first['msg']}"
    return f"{field}={first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}"
