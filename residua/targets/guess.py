"""What is given to a required constructor argument that nobody named: a number, a layer, a configuration object?"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping
from copy import copy
from inspect import Parameter
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from torch import nn

from residua.targets.roles import Role, names_module, names_settings, role_of

Fill = Mapping[Role, Any]


def guess(parameter: Parameter, fill: Fill) -> Any:
    """Return a value for an argument of no known role, by its annotation and name; else the channels of `fill`."""
    settings = _settings_for(parameter, fill)
    if settings is not None:
        return settings
    if _WORLDS.search(parameter.name):
        return World() if "env" in parameter.name.lower() else Space()
    if parameter.annotation in (bool, "bool"):
        return bool(_ADDS.search(parameter.name))
    name, channels = parameter.name.lower(), fill.get(Role.IN, fill.get(Role.BOTH, 64))
    if name.endswith("shape"):
        return channels if name.startswith("normal") else (fill.get(Role.IN, 3), 64, 64)  # of a layer norm: a width
    if names_module(name) and parameter.annotation not in (int, float, str, tuple, list):
        return stand_in(channels)
    for pattern, value in _USUAL:
        if re.search(pattern, name):
            return value(name) if callable(value) else copy(value)
    if parameter.annotation in (float, "float"):
        return 0.1
    widths = Role.IN in fill and Role.BOTH not in fill and re.search(_WIDTHS, name)
    return 64 if widths else channels


class Space:
    """Stands for a space of observations or actions: with a shape, and with a number of actions."""

    n = 4

    def __init__(self, shape: tuple[int, ...] = (8,)) -> None:
        self.shape = shape

    def of_images(self) -> Space:
        """Return a space of stacked pictures, as of Atari (Mnih 2015)."""
        return Space((4, 84, 84))


class World:
    """Stands for an environment that an agent acts in, or for several at once."""

    num_envs = 1

    def __init__(self, seen: Space | None = None) -> None:
        self.observation_space = self.single_observation_space = seen or Space()
        self.action_space = self.single_action_space = Space((4,))

    def of_images(self) -> World:
        """Return an environment whose observations are pictures."""
        return World(Space().of_images())


_WORLDS = re.compile(r"^(envs?|environments?)$|^((single_)?(obs(ervation)?|act(ion)?)|ob|ac)_space$", re.I)


def asks_to_add(parameter: Parameter) -> bool:
    """Tell a required flag that says whether there is a shortcut: whoever gives it knows where shapes allow one."""
    required = parameter.default is parameter.empty and parameter.annotation in (bool, "bool")
    return required and bool(_ADDS.search(parameter.name))


_ADDS = re.compile(r"^(use_|with_|has_|is_|add_)?(res(idual)?|skip|shortcut|identity)(_connection)?s?$")


def each_of(parameter: Parameter, fill: Fill) -> Any:
    """Return what stands in a list of an argument's values, such as one for each stage."""
    name = parameter.name.lower()
    for pattern, value in (
        (r"layer|depth|block|repeat|num_res", 2),
        (r"strid|dilat|pool|group|rate", 1),
        ("kernel", 3),
    ):
        if re.search(pattern, name):
            return value
    value = guess(parameter.replace(annotation=Parameter.empty), fill)
    channels = fill.get(Role.BOTH, fill.get(Role.OUT, 64))
    return value if isinstance(value, (int, float)) and value != fill.get(Role.IN) else channels


def stand_in(channels: int) -> nn.Module:
    """Return a module for one that a class wraps: it keeps the shape, as what is wrapped in a residual does."""
    module = nn.Conv2d(channels, channels, 3, padding=1)
    module.stands_in = True  # type: ignore[assignment]  # torch's stubs know only tensors and modules
    return module


def is_stand_in(module: object) -> bool:
    """Tell a module of ours that stands for one that nobody gave."""
    return getattr(module, "stands_in", False) is True


def _conv(_: str) -> type[nn.Module]:
    return nn.Conv2d


def _norm(_: str) -> type[nn.Module]:
    return nn.BatchNorm2d


def _activation(name: str) -> Any:
    return nn.ReLU if "layer" in name or "cls" in name or "class" in name else nn.ReLU()


def _non_linearity(_: str) -> type[nn.Module]:
    return nn.ReLU


def _padding(name: str) -> Any:
    return "reflect" if "type" in name or "mode" in name else 1


# (pattern for a name, value or what makes it), the first that fits decides.
_USUAL: tuple[tuple[str, Any], ...] = (
    ("(^|_)device$", "cpu"),
    ("^(use_?)?cpu$|^no_?(cuda|gpu)$", True),
    ("^(use_?)?(cuda|gpu)$", False),
    ("image_?size|img_?size|image_res|resolution|crop_size|(image|img)_(h|w)", 64),
    ("patch_?size", 8),
    ("window_?size", 4),
    ("dim_?heads?$|head_?dim|d_?head$|d_k|d_v", 16),
    ("^h(eads?)?$|(n|num|nb)_?heads?$|nhead", 4),
    ("mlp_?dim|ff_?dim|ffn|feedforward|d_ff|dim_ff", 128),
    ("vocab|(n|num)_?tokens", 50),
    ("max_?len|seq_?len|block_?size|max_pos|sequence_length|num_frames|^frames$", 64),
    ("n_stages|n(um)?_?convs|n(um)?_?layers|depth|times|(n|num)_res(?!t)|(^|_)(levels?|recursions?)$", 2),
    ("(up|down)(sample|scale)_?(scales|factors|rates)$", [2, 2]),
    ("(^|_)actions?($|_)|^act_(dim|size|space)$", 4),
    ("kernel|ksize|filter_size", 3),
    ("dropout|drop|p_drop|prob", 0.0),
    (r"(^|_)conv_?(op|layer|class|cls|type|fn)$|^conv$", _conv),
    ("norm", _norm),
    ("(^|_)act(?!or)", _activation),
    ("nonlin", _non_linearity),
    ("dilation|groups|cardinality|padding_|repeat|num_blocks", 1),
    ("padding|pad", _padding),
    ("expan|multiplier|ratio", 4),
    ("upscale|up_?factor|scale_?factor|downscale", 2),
    ("emb|cond|time|style", 128),
    ("num_class|n_class|classes|nclass|num_labels|n_labels", 10),
    ("bias|use_|is_|has_|^residual$", False),
    ("scale|alpha|gamma|beta|lambda", 1.0),
    ("layers|depths|blocks", [1, 1, 1, 1]),
)
_WIDTHS = r"dim|d_model|model|embed|feat|width|hidden|filter|^n?[gdf]f$|units|planes|^out|latent|z_|nz|size"


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


class NotGuessed(KeyError):
    """A configuration is asked for what no name of ours fits."""


Table = Mapping[tuple[str, ...], Any]  # values by the path of names under which they stand: ("model", "width")


class Settings(dict[str, Any]):
    """Answers any name, as key or attribute: with what `known` says, else as a constructor argument of that name.

    asked: every plain value that was answered, by name, also in its sections.
    """

    def __init__(self, fill: Fill, known: Table = MappingProxyType({}), above: tuple[str, ...] = ()) -> None:
        super().__init__()
        vars(self).update(fill=dict(fill), known=known, above=above, asked={})

    def __missing__(self, key: str) -> Any:
        if not isinstance(key, str):
            raise NotGuessed(key)
        value = self._answer(key)
        if isinstance(value, Settings):
            vars(value)["asked"] = vars(self)["asked"]
        vars(self)["asked"][key] = value
        return value

    def _answer(self, key: str) -> Any:
        fill, role = vars(self)["fill"], role_of(key)
        found = self._known(key)
        if found is not _UNKNOWN:
            return found
        if names_module(key):  # a section: config.model.width
            return self._section(key)
        if role in fill:
            return fill[role]
        rest = {own: value for own, value in fill.items() if own is not Role.DOWN}
        word = re.sub(r"\W", "_", str(key)).lower().strip("_")
        name = word if word.isidentifier() and not iskeyword(word) else f"{word}_"  # cfg["in"], cfg["3x3"]
        if not name.isidentifier():
            raise NotGuessed(key)
        return guess(Parameter(name, Parameter.POSITIONAL_OR_KEYWORD), rest)

    def _known(self, key: str) -> Any:
        """Return the value, or section, that is known under the whole path of a name, else under the name alone."""
        known, path = vars(self)["known"], (*vars(self)["above"], key)
        for wanted in dict.fromkeys((path, path[1:] or path, (key,))):  # cfg may itself be one section of a file
            size = len(wanted)
            value = next((value for own, value in known.items() if own[-size:] == wanted), _UNKNOWN)
            if value is not _UNKNOWN:
                return copy(value)
            if any(own[at : at + size] == wanted for own in known for at in range(len(own) - size)):
                return self._section(key)
        return _UNKNOWN

    def _section(self, key: str) -> Settings:
        return Settings(vars(self)["fill"], vars(self)["known"], (*vars(self)["above"], key))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the default where there is one: a configuration without that key."""
        return self[key] if default is None else default


_UNKNOWN = object()
