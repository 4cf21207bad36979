"""What does the `config.json` of transformers or timm say of a network beyond its tensors?"""

from __future__ import annotations

from typing import Any

from residua.errors import WeightsError
from residua.zoo import ZOO

WHO = "config.json beside it"
ACTIVATIONS = ("hidden_act", "act_layer")  # transformers' word and timm's
# Fields of a zoo's network that tensors do not show and that change what it computes.
OF_ARCHITECTURE = ("stride_on", "strides", "stride_at", "norm_eps", "padding", "antialias", "subsample",
                   "weight_standardization", "stem_pool", "shortcut")  # fmt: skip
INTERPOLATIONS = ("bilinear", "bicubic")


def told_by(config: dict[str, Any], source: str) -> dict[str, tuple[Any, str]]:
    """Return {field: (value, who says so)} of a `config.json`.

    Raises WeightsError when it says that the network is one that residua cannot compute.
    """
    _require_relu(config, source)
    told = _architecture(config, source)
    stages = config.get("depths")
    if config.get("model_type") == "resnet" and isinstance(stages, list) and stages:
        told["stride_on"] = "1x1" if config.get("downsample_in_bottleneck") else "3x3"
        told["strides"] = (2 if config.get("downsample_in_first_stage") else 1, *(2,) * (len(stages) - 1))
    if classes := _classes(config):
        told["classes"] = classes
    if pixels := _pixels(config.get("pretrained_cfg")):
        told["preprocessing"] = pixels
    return {name: (value, WHO) for name, value in told.items()}


def _require_relu(config: dict[str, Any], source: str) -> None:
    arguments = config.get("model_args")
    for where in (config, arguments if isinstance(arguments, dict) else {}):
        for key in ACTIVATIONS:
            if where.get(key) not in (None, "relu"):
                raise WeightsError(f"{source}: config.json says {key}={str(where[key])[:40]!r}, and residua's networks "
                                   "have no activation but relu")  # fmt: skip


def _architecture(config: dict[str, Any], source: str) -> dict[str, Any]:
    """Return what the name of timm's architecture says, where it is one that the zoo has, or one with blurs."""
    name = config.get("architecture")
    if not isinstance(name, str):
        return {}
    if name.startswith(("resnetaa", "seresnetaa", "resnextaa", "seresnextaa")):
        raise WeightsError(f"{source}: config.json says architecture={name[:40]!r}, which averages before it "
                           "subsamples; residua's networks blur (resnetblur) or do not")  # fmt: skip
    if name.startswith("resnetblur"):
        return {"antialias": True}
    if name.startswith("resnetv2_") and name.endswith("_bit"):
        return {"weight_standardization": True, "stem_pool": "max-zero-padded"}
    return {field: getattr(ZOO[name].spec, field) for field in OF_ARCHITECTURE} if name in ZOO else {}


def _classes(config: dict[str, Any]) -> tuple[str, ...]:
    labels = config.get("id2label")
    if isinstance(labels, dict) and all(str(number) in labels for number in range(len(labels))):
        names = tuple(str(labels[str(number)]) for number in range(len(labels)))
        placeholders = tuple(f"LABEL_{number}" for number in range(len(names)))  # transformers' word for no name
        return () if names == placeholders else names
    listed = config.get("label_names")
    return tuple(str(name) for name in listed) if isinstance(listed, list) else ()


def _pixels(said: Any) -> dict[str, Any]:
    """Return mean and std of pixels in 0…1, and size, resize, crop, … where all of these can be told."""
    if not isinstance(said, dict) or not isinstance(said.get("mean"), list) or not isinstance(said.get("std"), list):
        return {}
    pixels: dict[str, Any] = {"mean": said["mean"], "std": said["std"]}
    size, fraction, how = said.get("input_size"), said.get("crop_pct", 0.875), said.get("interpolation", "bilinear")
    if not isinstance(size, list) or len(size) != 3 or not all(type(n) is int and n > 0 for n in size):
        return pixels
    if type(fraction) not in (int, float) or not 0.1 < fraction <= 1 or how not in INTERPOLATIONS:
        return pixels
    if size[1] != size[2] or said.get("crop_mode", "center") != "center":
        return pixels
    return {"size": size[1], "resize": int(size[1] / fraction), "crop": "center", "interpolation": how, **pixels,
            "channels": size[0]}  # fmt: skip
