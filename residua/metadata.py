"""What may a file say of itself beside its weights: its network, classes, preprocessing, provenance, metrics?"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from residua.errors import DataError, SpecError, WeightsError
from residua.preprocessing import Preprocessing
from residua.reading import document_of
from residua.spec import ResNetSpec

KEY = "residua"  # under which it stands in the metadata of a safetensors file
FORMAT = 1
ASSUMED = "assumed"  # key of a provenance: what nobody declares of how images are prepared, in words
CONFIG_KINDS: Mapping[str, tuple[str, tuple[type, ...]]] = {  # what verbs read of the settings of a training
    **dict.fromkeys(("data", "data_path", "root", "grouping", "split_sha256", "group", "fold"), ("a string", (str,))),
    "val_fraction": ("a number", (int, float)),
    "seed": ("a whole number", (int,)),
    "multi_label": ("true or false", (bool,)),
}
JSON_KINDS = {"classes": list, "preprocessing": dict, "provenance": dict, "metrics": dict}


@dataclass(frozen=True)
class Meta:
    """What a file declares beside its weights and its spec; None for what nobody has declared.

    preprocessing: size, resize, crop, interpolation, mean, std (of pixels in 0…1), channels.
    """

    classes: tuple[str, ...] | None = None
    preprocessing: dict[str, Any] | None = None
    provenance: dict[str, Any] | None = None
    metrics: dict[str, Any] | None = None


def assumed_of(meta: Meta | None) -> list[str]:
    """Return in words what was assumed of how images are prepared."""
    found = ((meta.provenance if meta else None) or {}).get(ASSUMED)
    return [str(words) for words in found] if isinstance(found, list) else []


def licence_of(meta: Meta) -> str:
    """Return the name and the licence of the published weights that a file was made of; empty for others."""
    known = (meta.provenance or {}).get("pretrained")
    if not isinstance(known, dict):
        return ""
    terms = f"licence {known.get('license') or 'not stated'}{', NON-COMMERCIAL' if known.get('non_commercial') else ''}"
    return f"{known.get('name')}, {terms}"


def to_json(spec: ResNetSpec, meta: Meta, path: str | os.PathLike[str]) -> str:
    """Return spec and metadata as the JSON that `path` will hold. Raises WeightsError for values that JSON has not."""
    try:
        return json.dumps({"format": FORMAT, "spec": json.loads(spec.model_dump_json()), **asdict(meta)})
    except TypeError as error:
        raise WeightsError(f"{path}: the metadata cannot be written as JSON ({error}); use plain values") from None


def from_json(text: str, path: str | os.PathLike[str]) -> tuple[ResNetSpec, Meta]:
    """Return spec and metadata from the JSON that `path` holds.

    Raises WeightsError when it is damaged, of a newer format, or describes a network that cannot exist.
    """
    try:
        document = document_of(text)
        if document["format"] != FORMAT:
            raise WeightsError(f"{path} has format {document['format']}, this residua reads {FORMAT}: upgrade residua")
        spec = ResNetSpec.model_validate(document["spec"])
        values = {field.name: document.get(field.name) for field in fields(Meta)}
        for name, kind in JSON_KINDS.items():
            if values[name] is not None and not isinstance(values[name], kind):
                raise ValueError(f"{name} should be a JSON {'list' if kind is list else 'object'}")
        if values["classes"] is not None:
            values["classes"] = tuple(_class_name(name) for name in values["classes"])
        _require_preprocessing(values["preprocessing"], spec)
        _require_config((values["provenance"] or {}).get("config"))
        return spec, Meta(**values)
    except SpecError as error:
        raise WeightsError(f"{path} describes a network that cannot exist: {error}") from None
    except (DataError, ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{path} has damaged residua metadata: {type(error).__name__} {error}") from None


def _class_name(name: Any) -> str:
    """Return the name of a class. Raises ValueError for halves of letters, which no output can hold."""
    text = str(name)
    text.encode()
    return text


def _require_preprocessing(document: Mapping[str, Any] | None, spec: ResNetSpec) -> None:
    if document is None:
        return
    if spec.in_channels not in (1, 3) and document.get("channels", spec.in_channels) == spec.in_channels:
        return  # of a user's own pipeline: no verb makes such images, and none asks for this
    filled = Preprocessing.plain(document.get("size", 1), 1 if spec.in_channels == 1 else 3).to_dict()
    channels = Preprocessing.from_dict(filled | dict(document)).channels  # a size that is missing is for verbs to ask
    if channels != spec.in_channels:
        raise ValueError(f"preprocessing makes images of {channels} channels for a network of {spec.in_channels}")


def _require_config(config: Any) -> None:
    """Raise ValueError unless the settings of a training are such that a split can be drawn again by them."""
    if config is None:
        return
    if not isinstance(config, dict):
        raise ValueError("provenance.config should be a JSON object")
    for name, (words, kinds) in CONFIG_KINDS.items():
        value = config.get(name)
        if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            raise ValueError(f"provenance.config.{name} should be {words}")
