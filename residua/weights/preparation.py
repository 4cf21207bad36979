"""How are images prepared for a network, and what are its classes called, as its file and the user say together?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from residua.errors import DataError, WeightsError
from residua.metadata import ASSUMED, Meta
from residua.preprocessing import CIFAR_SIZES, IMAGENET_SIZES, PRESETS, SIZES, Preprocessing
from residua.reading import read_json, read_text
from residua.spec import ResNetSpec
from residua.weights.files.config_json import pixels_in
from residua.weights.image_options import ImageOptions
from residua.weights.pretrained import imagenet_classes

IMAGENET = "imagenet"


@dataclass(frozen=True)
class Prepared:
    """A preprocessing, and what had to be assumed to make it whole, in words."""

    preprocessing: Preprocessing
    assumed: tuple[str, ...] = ()


def described(meta: Meta, spec: ResNetSpec, options: ImageOptions, declared: Mapping[str, Any] | None = None) -> Meta:
    """Return `meta` with the preprocessing and the classes that `options` give.

    declared: the file's own preprocessing, where it is not whole: with mean and std alone the sizes usual for the
    network's stem are assumed, and the provenance says so.
    Raises WeightsError or DataError for what does not fit the network, or cannot be read.
    """
    if options.prepares or (meta.preprocessing is None and _normalises(declared or {}, spec)):
        found = prepare(options, spec, meta.preprocessing or declared)
        provenance = {name: value for name, value in (meta.provenance or {}).items() if name != ASSUMED}
        provenance |= {ASSUMED: list(found.assumed)} if found.assumed else {}
        meta = replace(meta, preprocessing=found.preprocessing.to_dict(), provenance=provenance or None)
    if options.classes is not None:
        names = read_classes(options.classes)
        if len(names) != spec.num_classes:
            raise WeightsError(
                f"--classes {_short(options.classes)} gives {len(names):,} names, and the network has "
                f"{spec.num_classes:,} classes: one name for each logit, in their order"
            )
        meta = replace(meta, classes=names)
    return meta


def _normalises(declared: Mapping[str, Any], spec: ResNetSpec) -> bool:
    """Return whether mean and std are declared for the channels of a network that reads pictures."""
    counts = {len(declared.get(name, ())) for name in ("mean", "std")}
    return counts == {spec.in_channels} and spec.in_channels in (1, 3)


def prepare(options: ImageOptions, spec: ResNetSpec, declared: Mapping[str, Any] | None = None) -> Prepared:
    """Return the preprocessing that `options` give over `declared`; sizes that neither names are those usual for the
    network's stem.

    Raises WeightsError where nobody gives mean and std, DataError for what cannot be a preprocessing.
    """
    known = dict(declared or {}) if options.preprocessing is None else _named(options.preprocessing, spec.in_channels)
    asked = options.single()
    lacking = [f"--{name}" for name in ("mean", "std") if name not in known and name not in asked]
    if lacking:
        raise WeightsError(
            f"{' '.join(f'--{name}' for name in asked)} alone does not say how pixels are normalised: give "
            f"{' and '.join(lacking)} too, or --preprocessing NAME"
        )
    small = spec.stem == "3x3"  # which keeps every pixel, as CIFAR's networks do
    usual, assumed = dict(CIFAR_SIZES if small else IMAGENET_SIZES), []
    if "size" not in known and "size" not in asked:
        of_imagenet = options.preprocessing == IMAGENET and not small
        assumed += [] if of_imagenet else [f"size {usual['size']}, as is usual for a {_stem(spec)} stem (--size)"]
    if "crop" in asked:
        known.pop("fit", None)  # which a file declares beside the crop that is asked for anew
    before = usual | known
    value = usual | known | asked | {"channels": spec.in_channels}
    if "size" in asked and "resize" not in asked:
        value["resize"] = round(value["size"] * before["resize"] / before["size"])
    return Prepared(Preprocessing.from_dict(value), tuple(assumed))


def _stem(spec: ResNetSpec) -> str:
    return spec.stem.replace("x", "×")


def _named(name: str, channels: int) -> dict[str, Any]:
    """Return what a preset's name, or a JSON file, says of the preprocessing; as far as it does."""
    if name in PRESETS:
        mean, std = PRESETS[name]
        if len(mean) > 1 and len({*mean}) == len({*std}) == 1:  # one number for all channels, however many there are
            mean, std = mean[:1] * channels, std[:1] * channels
        return {"mean": mean, "std": std, **SIZES.get(name, {})}
    if not name.endswith(".json") and not os.path.exists(name):
        raise DataError(f"--preprocessing {_short(name)} is neither FILE.json nor one of {'; '.join(PRESETS)}")
    document = read_json(Path(name), DataError)
    found = pixels_in(document) if isinstance(document, dict) else {}
    if not found:
        raise DataError(
            f"{name} holds no preprocessing: expected mean and std of pixels in 0…1, and size, resize, crop, "
            "interpolation, as residua, timm or transformers write them"
        )
    return found


def read_classes(text: str) -> tuple[str, ...]:
    """Return the names of classes, in the order of the logits, that `--classes` gives: imagenet, a file, or a,b,c.

    A file has a name a line, or is JSON: a list, {"0": name}, {name: 0}, or {"0": [wordnet's number, name]}.
    Raises DataError for anything else.
    """
    if text == IMAGENET:
        return imagenet_classes()
    if os.path.isfile(text):
        path = Path(text)
        names = _from_json(path) if path.suffix == ".json" else _lines(path)
    elif "," in text:
        names = tuple(name.strip() for name in text.split(","))
    else:
        raise DataError(f"--classes {_short(text)} is neither {IMAGENET}, nor a file, nor names with commas (a,b,c)")
    if not names or "" in names:
        raise DataError(f"--classes {_short(text)} gives a class without a name")
    return names


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(line.strip() for line in read_text(path, DataError).splitlines() if line.strip())


def _from_json(path: Path) -> tuple[str, ...]:
    document = read_json(path, DataError)
    if isinstance(document, list):
        return tuple(map(str, document))
    if isinstance(document, dict):
        numbered = document
        if all(type(number) is int for number in document.values()):
            numbered = {str(number): name for name, number in document.items()}
        if all(str(number) in numbered for number in range(len(document))):
            names = (numbered[str(number)] for number in range(len(document)))
            return tuple(str(name[-1] if isinstance(name, list) and name else name) for name in names)
    raise DataError(f"{path} names no classes: expected a list of names, or names numbered from 0")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
