"""What does the `config.json` of transformers or timm declare of a network beyond its tensors?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from residua.errors import WeightsError
from residua.reading import read_json
from residua.weights.files.opened import Declared
from residua.zoo import ZOO

BY = "config.json beside it"
ACTIVATIONS = ("hidden_act", "act_layer")  # transformers' word and timm's
# Fields of a zoo's network that tensors do not show and that change what it computes.
OF_ARCHITECTURE = ("stride_on", "strides", "stride_at", "norm_eps", "padding", "antialias", "subsample",
                   "weight_standardization", "stem_pool", "shortcut")  # fmt: skip
INTERPOLATIONS = ("bilinear", "bicubic")
PROCESSOR = "preprocessor_config.json"
RESAMPLES = {2: "bilinear", 3: "bicubic"}  # Pillow's numbers


def declared_in(folder: Path, source: str) -> dict[str, Declared]:
    """Return the fields that the `config.json` in a folder declares, none where there is none.

    Raises WeightsError when it is not JSON, or when the network is one that residua cannot compute.
    """
    config = _read(folder)
    _require_relu(config, source)
    declared = _architecture(config, source)
    stages = config.get("depths")
    if config.get("model_type") == "resnet" and isinstance(stages, list) and stages:
        declared["stride_on"] = "1x1" if config.get("downsample_in_bottleneck") else "3x3"
        declared["strides"] = (2 if config.get("downsample_in_first_stage") else 1, *(2,) * (len(stages) - 1))
    if classes := _classes(config):
        declared["classes"] = classes
    if pixels := _pixels(config.get("pretrained_cfg")):
        declared["preprocessing"] = pixels
    found = {name: Declared(value, BY) for name, value in declared.items()}
    if not pixels and (pixels := _pixels(_as_timm(_read(folder, PROCESSOR)))):
        found["preprocessing"] = Declared(pixels, f"{PROCESSOR} beside it")
    return found


def pixels_in(document: dict[str, Any]) -> dict[str, Any]:
    """Return the preprocessing in a JSON document of ours, timm's or transformers'; {} where there is none.

    mean and std at least, of pixels in 0…1; size, resize, crop and interpolation where the document has them.
    """
    inner = document.get("preprocessing", document)
    own = ("size", "resize", "crop", "interpolation", "mean", "std")
    if isinstance(inner, dict) and isinstance(inner.get("size", 0), int) and "input_size" not in inner:
        found = {name: inner[name] for name in own if name in inner}
        if isinstance(found.get("mean"), list) and isinstance(found.get("std"), list):
            return found
    return _pixels(document.get("pretrained_cfg", document)) or _pixels(_as_timm(document))


def _read(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """Return a folder's JSON file `name`, or {} when it has none. Raises WeightsError when it is not JSON."""
    if not os.path.lexists(folder / name):
        return {}
    config = read_json(folder / name, WeightsError)
    return config if isinstance(config, dict) else {}


def _require_relu(config: dict[str, Any], source: str) -> None:
    arguments = config.get("model_args")
    for where in (config, arguments if isinstance(arguments, dict) else {}):
        for key in ACTIVATIONS:
            if where.get(key) not in (None, "relu"):
                raise WeightsError(
                    f"{source}: config.json says {key}={str(where[key])[:40]!r}, and residua's networks "
                    "have no activation but relu"
                )


def _architecture(config: dict[str, Any], source: str) -> dict[str, Any]:
    """Return what the name of timm's architecture says, where it is one that the zoo has, or one with blurs."""
    name = config.get("architecture")
    if not isinstance(name, str):
        return {}
    if name.startswith(("resnetaa", "seresnetaa", "resnextaa", "seresnextaa")):
        raise WeightsError(
            f"{source}: config.json says architecture={name[:40]!r}, which averages before it "
            "subsamples; residua's networks blur (resnetblur) or do not"
        )
    if name.startswith("resnetblur"):
        return {"antialias": True}
    if name.startswith("resnetv2_") and name.endswith("_bit"):
        return {"weight_standardization": True, "stem_pool": "max-zero-padded"}
    return {field: getattr(ZOO[name].spec, field) for field in OF_ARCHITECTURE} if name in ZOO else {}


def _as_timm(config: dict[str, Any]) -> dict[str, Any]:
    """Return what transformers' ConvNextImageProcessor does, which its ResNets use, in timm's words; {} for another.

    Below 384 pixels it resizes the shorter side to size / crop_pct and crops; from 384 on it squeezes: left out.
    """
    kind = config.get("image_processor_type") or config.get("feature_extractor_type")
    size = config.get("size")
    side = size.get("shortest_edge") if isinstance(size, dict) else size
    named = isinstance(kind, str) and kind.startswith("ConvNext")
    if not named or type(side) is not int or not 0 < side < 384 or config.get("do_normalize") is False:
        return {}
    return {
        "mean": config.get("image_mean"),
        "std": config.get("image_std"),
        "input_size": [3, side, side],
        "crop_pct": config.get("crop_pct", 224 / 256),
        "interpolation": RESAMPLES.get(config.get("resample", 2), "?"),
    }


def _classes(config: dict[str, Any]) -> tuple[str, ...]:
    labels = config.get("id2label")
    if isinstance(labels, dict) and all(str(number) in labels for number in range(len(labels))):
        names = tuple(str(labels[str(number)]) for number in range(len(labels)))
        placeholders = tuple(f"LABEL_{number}" for number in range(len(names)))  # transformers' word for no name
        return () if names == placeholders else names
    listed = config.get("label_names")
    return tuple(str(name) for name in listed) if isinstance(listed, list) else ()


def _pixels(cfg: Any) -> dict[str, Any]:
    """Return mean and std of pixels in 0…1 of timm's `pretrained_cfg`; size, resize, crop, … where all are given."""
    if not isinstance(cfg, dict) or not isinstance(cfg.get("mean"), list) or not isinstance(cfg.get("std"), list):
        return {}
    pixels: dict[str, Any] = {"mean": cfg["mean"], "std": cfg["std"]}
    size, fraction, how = cfg.get("input_size"), cfg.get("crop_pct", 0.875), cfg.get("interpolation", "bilinear")
    if not isinstance(size, list) or len(size) != 3 or not all(type(length) is int and length > 0 for length in size):
        return pixels
    if type(fraction) not in (int, float) or not 0.1 < fraction <= 1 or how not in INTERPOLATIONS:
        return pixels
    if size[1] != size[2] or cfg.get("crop_mode", "center") != "center":
        return pixels
    return {
        "size": size[1],
        "resize": int(size[1] / fraction),
        "crop": "center",
        "interpolation": how,
        **pixels,
        "channels": size[0],
    }
