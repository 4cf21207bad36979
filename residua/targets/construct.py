"""With which arguments can a user's class be constructed, and which line constructed which of its layers?"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from torch import nn

from residua.errors import TargetError
from residua.targets.find import Candidate
from residua.targets.settings import names_settings, settings_for
from residua.targets.sites import Site, noting_sites


class Role(Enum):
    """What a constructor argument means to a residual block."""

    IN = "channels that come in"
    OUT = "channels that go out"
    BOTH = "channels that come in and go out"
    INNER = "channels inside the block"
    STRIDE = "stride"
    DOWN = "projection module"
    PROJECT = "whether to project"
    EMBED = "length of an embedding"
    OTHER = "something else"


_SPELLINGS: dict[Role, str] = {
    Role.IN: "in_channels inchannel in_channel inchannels input_channels input_channel in_planes inplanes nin c_in cin in_ch inch "
    "in_c ch_in chin in_dim dim_in in_features in_filters in_size in_feat in_feats nc_in ic inp input_dim input_nc c1 fin w_in "
    "n_in input_size num_in in_width in_chs in_depth n_inputs ni ninput in_maps inf from_channels channels_in width_in inc "
    "n_in_channels num_input_channels input_depth in_chan in_chans num_in_channels in_nc input_filters input_features n_input "
    "num_inputs in_filter nb_in f_in infilters ci src d_in input_planes innum in_num",
    Role.OUT: "out_channels outchannel out_channel outchannels output_channels output_channel out_planes planes outplanes nout c_out "
    "cout out_ch outch out_c ch_out chout out_dim dim_out out_features out_filters out_size out_feat out_feats nc_out oc oup "
    "num_channels output_dim output_nc c2 fout w_out n_out output_size num_out out_width out_chs out_depth n_outputs nf_out "
    "noutput out_maps outf to_channels channels_out width_out outc n_out_channels num_output_channels out_chan out_chans "
    "num_out_channels out_nc output_filters output_features n_output num_outputs out_filter nb_out f_out outfilters co dst d_out "
    "output_planes outnum out_num plane",
    Role.BOTH: "channels channel dim dims features ch nf n_feat n_feats num_feat num_feats width filters num_filters n_filters c nc "
    "ngf hidden_size nfeat d_model num_features num_fea n_channels nchannels k_channels depth_channels planes_in size feat "
    "in_out_channels n_feature n_features f fea nfeats residual_channels res_channels model_dim embed_dim chans nchan n_chan",
    Role.INNER: "mid_channels mid hidden hidden_channels bottleneck_channels mid_planes expand inner mid_dim hidden_dim midplanes "
    "middle_channels inter_channels num_mid mid_ch bottleneck mid_filters reduced neck nmid squeeze_channels mid_c growth growth_rate "
    "skip_channels dilation_channels latent",
    Role.STRIDE: "stride strides s downsample_stride step subsample stride_size first_stride down_stride stride1 strd",
    Role.EMBED: "emb_channels emb_dim time_emb_dim temb_channels time_dim embed_channels t_emb_dim tdim time_channels cond_dim "
    "cond_channels emb_ch time_embed_dim temb_dim tembdim style_dim latent_dim t_dim context_dim num_classes_cond n_time temb",
    Role.PROJECT: "use_1x1conv use_1x1 use_1x1_conv use_projection project use_conv1x1 use_shortcut_conv conv_shortcut match_dims "
    "use_conv need_projection has_projection projection_shortcut use_proj convshortcut change_dim",
    Role.DOWN: "downsample shortcut down_sample i_downsample identity_downsample skip downsampling projection proj residual_conv "
    "shortcut_conv downsampler skip_conv shortcut_layer match down transform",
}
_ROLE_OF = {word: role for role, words in _SPELLINGS.items() for word in words.split()}
_INTS = (int, "int", "Optional[int]", "int | None")


@dataclass(frozen=True)
class Built:
    """A module and how it was made; `sites` says from which places (innermost first) each submodule was constructed.

    made: every module that was constructed on the way, also those that the module does not keep.
    """

    module: nn.Module
    arguments: dict[str, Any]
    sites: dict[int, tuple[Site, ...]]
    made: tuple[nn.Module, ...] = ()


class Expression(str):
    """An argument in the words of the user's own file, evaluated anew each time: `Config(width=8)`, `nn.ReLU`."""


def roles(callee: Callable[..., Any]) -> dict[str, Role]:
    """Return the role of every named constructor argument, by its spelling, annotation, default and place."""
    found: dict[str, Role] = {}
    for parameter in _parameters(callee):
        name = parameter.name.lower().strip("_")
        role = _ROLE_OF.get(name, _ROLE_OF.get(name.replace("_", ""), Role.OTHER))
        if isinstance(parameter.default, bool) and role not in (Role.OTHER, Role.PROJECT):
            role = Role.PROJECT if role is Role.DOWN else Role.OTHER
        found[parameter.name] = _by_parts(parameter) if role is Role.OTHER else role
    return _settled(found, {p.name: p for p in _parameters(callee)})


def _is_channels(parameter: inspect.Parameter) -> bool:
    return _takes_int(parameter) and not _COUNTS.search(parameter.name.lower()) and not names_settings(parameter.name)


def _settled(found: dict[str, Role], parameters: dict[str, inspect.Parameter]) -> dict[str, Role]:
    """Give required integers of unknown spelling the roles that are left: first in, then out."""
    taken = set(found.values())
    if Role.IN in taken and Role.BOTH in taken and Role.OUT not in taken:
        found.update({n: Role.OUT for n, r in found.items() if r is Role.BOTH})
    elif Role.OUT in taken and Role.IN not in taken:
        names = [n for n, r in found.items() if r is Role.BOTH]
        if names:
            found[names[0]] = Role.IN
        elif Role.BOTH not in taken:
            found[next(n for n, r in found.items() if r is Role.OUT)] = Role.BOTH
    taken = set(found.values())
    for name, role in found.items():
        parameter = parameters[name]
        if role is Role.OTHER and parameter.default is inspect.Parameter.empty and _is_channels(parameter):
            for free in (Role.IN, Role.OUT):
                if free not in taken and Role.BOTH not in taken:
                    found[name] = free
                    taken.add(free)
                    break
    if not taken & {Role.IN, Role.OUT, Role.BOTH}:
        alone = [n for n, r in found.items() if r is Role.INNER and parameters[n].default is inspect.Parameter.empty]
        found.update(dict.fromkeys(alone[:1], Role.BOTH))
    if list(found.values()).count(Role.IN) and Role.OUT not in taken and Role.BOTH not in taken:
        found.update({n: Role.BOTH for n, r in found.items() if r is Role.IN})
    return found


def _by_parts(parameter: inspect.Parameter) -> Role:
    """Read the role of a longer spelling off its parts, as in `n_filters_in`; counts have none."""
    parts = re.findall(r"[a-z]+|[A-Z][a-z]*", parameter.name)
    words = {p.lower() for p in parts}
    if not words & _COUNTED or not _takes_int(parameter):
        return Role.OTHER
    for role, ends in ((Role.IN, _INWARD), (Role.OUT, _OUTWARD)):
        if words & ends:
            return role
    return Role.OTHER


_COUNTED = frozenset({"channels", "channel", "ch", "chan", "chans", "filters", "filter", "planes", "features", "feats",
                      "feat", "dim", "dims", "width", "maps", "size", "depth", "units", "nc", "c", "hidden"})  # fmt: skip
_INWARD = frozenset({"in", "input", "inputs", "inp", "from", "prev", "source"})
_OUTWARD = frozenset({"out", "output", "outputs", "outp", "to", "next", "target"})
_COUNTS = re.compile(
    r"^(n|num|number|count)_?(of_)?(stage|conv|layer|block|repeat|unit|res|iter|branch|head|group|step)|^(depth|n|repeats?|times)$"
)


def _takes_int(parameter: inspect.Parameter) -> bool:
    return parameter.annotation is inspect.Parameter.empty or parameter.annotation in _INTS


def _parameters(callee: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        signature = inspect.signature(callee)
    except (TypeError, ValueError):
        return []
    skip = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p for p in signature.parameters.values() if p.kind not in skip]


def construct(
    candidate: Candidate, args: Mapping[str, Any] | None = None, *, fill: Mapping[Role, Any] | None = None
) -> Built:
    """Construct what `candidate` names; an instance is returned as it is.

    args: arguments by name, used as given. fill: values by role, for arguments not in `args`; a role without a
    parameter is ignored. Required arguments of no known role are guessed from annotation and name.
    Raises TargetError for an argument that the callee does not have, or when it returns no nn.Module.
    Whatever the callee itself raises is passed on.
    """
    value = candidate.value
    if isinstance(value, nn.Module):
        return Built(value, {}, {})
    args = {name: _evaluated(each, candidate) for name, each in (args or {}).items()}
    if not callable(value):
        raise TargetError(f"{candidate.target} is a {type(value).__name__}, not a class, function or nn.Module.")
    parameters = {p.name: p for p in _parameters(value)}
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in inspect.signature(value).parameters.values())
    for name in args:
        if name not in parameters and not takes_any:
            raise TargetError(
                f"{candidate.name} takes no argument {name!r}; it takes {', '.join(parameters) or 'none'}."
            )
    arguments = _arguments(value, parameters, args, dict(fill or {}))
    positional = [arguments.pop(n) for n, p in parameters.items() if p.kind is p.POSITIONAL_ONLY and n in arguments]
    with noting_sites() as noted:
        made = value(*positional, **arguments)
    if isinstance(made, (list, tuple)) and made and all(isinstance(m, nn.Module) for m in made):
        made = nn.Sequential(*made)
    if not isinstance(made, nn.Module):
        raise TargetError(
            f"{candidate.target} returned a {type(made).__name__}; a module or a list of modules is expected."
        )
    return Built(made, arguments, noted.sites, tuple(noted.modules))


def _evaluated(value: Any, candidate: Candidate) -> Any:
    """Return what an `Expression` means among the names of the file that defines `candidate`; other values as they are.

    Words that are no names there mean themselves: norm=batch is the string "batch".
    """
    if not isinstance(value, Expression):
        return value
    maker = vars(candidate.value).get("__init__") if isinstance(candidate.value, type) else candidate.value
    try:
        return eval(value, dict(getattr(maker, "__globals__", {})))
    except NameError:
        return str(value)
    except Exception as error:
        raise TargetError(f"{candidate.name}: the argument {value} fails: {type(error).__name__}: {error}") from None


def _arguments(
    callee: Any, parameters: dict[str, inspect.Parameter], args: dict[str, Any], fill: dict[Role, Any]
) -> dict[str, Any]:
    chosen = dict(args)
    for name, role in roles(callee).items():
        if name in chosen:
            continue
        parameter = parameters[name]
        if role in fill and not (
            role is Role.DOWN and parameter.default is inspect.Parameter.empty and fill[role] is None
        ):
            chosen[name] = _shaped(fill[role], parameter)
        elif parameter.default is inspect.Parameter.empty:
            chosen[name] = None if role is Role.DOWN else _guess(name.lower(), parameter, fill)
    return chosen


def _shaped(value: Any, parameter: inspect.Parameter) -> Any:
    """Give a tuple where the default is a tuple."""
    default = parameter.default
    if isinstance(default, (tuple, list)) and isinstance(value, int) and len({type(d) for d in default}) == 1:
        return type(default)([value] * len(default))
    return value


def _guess(name: str, parameter: inspect.Parameter, fill: dict[Role, Any]) -> Any:
    note = str(parameter.annotation)
    settings = settings_for(name, parameter.annotation, fill)
    if settings is not None:
        return settings
    channels = fill.get(Role.IN, fill.get(Role.BOTH, 64))
    by_name: tuple[tuple[tuple[str, ...], Any], ...] = (
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
    if parameter.annotation is bool or note in ("bool",):
        return False
    for words, value in by_name:
        if any(word in name for word in words):
            return value
    return 0.1 if parameter.annotation is float or note == "float" else channels


def value_by_name(name: str, fill: Mapping[Role, Any]) -> Any:
    """Return what a constructor argument of this name would be given."""
    word = name.lower().strip("_")
    role = _ROLE_OF.get(word, _ROLE_OF.get(word.replace("_", ""), Role.OTHER))
    if role in fill:
        return fill[role]
    parameter = inspect.Parameter(word, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return _guess(word, parameter, {r: v for r, v in fill.items() if r is not Role.DOWN})
