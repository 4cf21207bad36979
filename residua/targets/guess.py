"""What is given to a required constructor argument that nobody named: a number, a layer, a configuration object?"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from inspect import Parameter
from typing import Any

from torch import nn

from residua.targets.roles import Role, names_settings, role_of

Fill = Mapping[Role, Any]


def guess(parameter: Parameter, fill: Fill) -> Any:
    """Return a value for an argument of no known role, by its annotation and name; else the channels of `fill`."""
    settings = _settings_for(parameter, fill)
    if settings is not None:
        return settings
    if parameter.annotation in (bool, "bool"):
        return False
    name = parameter.name.lower()
    if name.endswith("shape"):
        return (fill.get(Role.IN, 3), 32, 32)
    for words, value in _usual(name):
        if any(word in name for word in words):
            return value
    return 0.1 if parameter.annotation in (float, "float") else fill.get(Role.IN, fill.get(Role.BOTH, 64))


def _usual(name: str) -> tuple[tuple[tuple[str, ...], Any], ...]:
    """Return (parts of a name, value), the first part that fits decides; layers are made anew each time."""
    return (
        (("n_stages", "n_convs", "num_convs", "n_layers", "num_layers", "depth", "times"), 2),
        (("kernel", "ksize", "filter_size"), 3),
        (("dropout", "drop", "p_drop", "prob"), 0.0),
        (("norm",), nn.BatchNorm2d),
        (("activation", "act", "nonlin"), nn.ReLU() if "act" in name and "layer" not in name else nn.ReLU),
        (("dilation", "groups", "cardinality", "padding_", "num_res", "repeat", "num_blocks"), 1),
        (("padding", "pad"), 1 if "type" not in name and "mode" not in name else "reflect"),
        (("expan", "multiplier", "ratio", "expand_ratio"), 4),
        (("emb", "cond", "time", "style"), 128),
        (("num_classes", "n_classes", "classes"), 10),
        (("bias", "use_", "is_", "has_"), False),
        (("scale", "alpha", "gamma"), 1.0),
        (("layers", "depths", "blocks"), [1, 1, 1, 1]),
    )


def _settings_for(parameter: Parameter, fill: Fill) -> Any:
    """Return a configuration for an argument: of its annotated class where that needs no argument, else a stand-in.

    None for an argument that is none.
    """
    kind, named = parameter.annotation, names_settings(parameter.name)
    plain = inspect.isclass(kind) and kind.__module__ not in ("builtins", "typing", "inspect")
    if plain and (named or dataclasses.is_dataclass(kind)):
        try:
            return kind(**_required(kind, fill))
        except Exception:  # of the user's own class
            return None
    return Settings(fill) if named else None


def _required(kind: type, fill: Fill) -> dict[str, Any]:
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return {}
    stand_in = Settings(fill)
    return {
        parameter.name: stand_in[parameter.name]
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


class Settings(dict[str, Any]):
    """Answers any name, as key or attribute, with what a constructor argument of that name would get."""

    def __init__(self, fill: Fill) -> None:
        super().__init__()
        self.__dict__["fill"] = dict(fill)

    def __missing__(self, key: str) -> Any:
        fill, role = self.__dict__["fill"], role_of(key)
        if role in fill:
            return fill[role]
        rest = {own: value for own, value in fill.items() if own is not Role.DOWN}
        return guess(Parameter(key.lower().strip("_"), Parameter.POSITIONAL_OR_KEYWORD), rest)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the default where there is one: a configuration without that key."""
        return self[key] if default is None else default
