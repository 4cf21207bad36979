"""What can stand for a configuration object, when a constructor takes one: a dataclass, or anything with names?"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping
from typing import Any

_NAMES = re.compile(r"^(config|cfg|conf|args|opts?|options|hparams|params|hp|settings|model_args|model_config)$")


def names_settings(name: str) -> bool:
    """Tell whether an argument's name says that it is a configuration object."""
    return bool(_NAMES.search(name.lower()))


def settings_for(name: str, annotation: Any, fill: Mapping[Any, Any]) -> Any:
    """Return a configuration for an argument: of its annotated class where that needs no argument, else a stand-in.

    fill: values by role, for what is asked of the stand-in by a name that has a role. None for other arguments.
    """
    plain = inspect.isclass(annotation) and annotation.__module__ not in ("builtins", "typing", "inspect")
    if plain and (dataclasses.is_dataclass(annotation) or names_settings(name)):
        values = _required(annotation, fill)
        try:
            return annotation(**values)
        except Exception:
            return None
    return Settings(fill) if names_settings(name) else None


def _required(kind: type, fill: Mapping[Any, Any]) -> dict[str, Any]:
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return {}
    stand_in = Settings(fill)
    return {
        p.name: stand_in[p.name]
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }


class Settings(dict[str, Any]):
    """Answers any name, as key or attribute, with what a constructor argument of that name would get."""

    def __init__(self, fill: Mapping[Any, Any]) -> None:
        super().__init__()
        self.__dict__["fill"] = dict(fill)

    def __missing__(self, key: str) -> Any:
        from residua.targets.construct import value_by_name

        return value_by_name(key, self.__dict__["fill"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the default where there is one: a configuration without that key."""
        return self[key] if default is None else default
