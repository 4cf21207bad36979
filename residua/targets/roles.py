"""What does each argument of a stranger's constructor mean to a residual block?"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from inspect import Parameter
from typing import Any

from residua.targets.words import compared_words


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


@dataclass(frozen=True)
class Signature:
    """What a class or function takes: its named parameters, their roles, and by how much its output is wider than asked.

    takes_any: it has **kwargs.
    """

    parameters: Mapping[str, Parameter]
    roles: Mapping[str, Role]
    takes_any: bool = False
    expansion: int = 1

    def required(self) -> list[str]:
        """Return the names of the parameters without a default."""
        return [name for name, parameter in self.parameters.items() if parameter.default is parameter.empty]


def signature_of(callee: Callable[..., Any]) -> Signature:
    """Read a signature; roles come from each argument's spelling, annotation, default and place."""
    try:
        every = tuple(inspect.signature(constructed(callee)).parameters.values())
    except (TypeError, ValueError):
        every = ()
    named = {
        parameter.name: parameter
        for parameter in every
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    found = {name: _by_spelling(parameter) for name, parameter in named.items()}
    words = set(compared_words(maker)) & named.keys() if (maker := maker_of(callee)) is not None else set[str]()
    worded = {name for name in words if named[name].default is Parameter.empty and found[name] is not Role.DOWN}
    numbers = {name: role for name, role in found.items() if name not in worded}
    expansion = getattr(callee, "expansion", 1)
    return Signature(
        parameters=named,
        roles=dict.fromkeys(found, Role.OTHER) | _settled(numbers, named),  # in the order of the signature
        takes_any=any(parameter.kind is parameter.VAR_KEYWORD for parameter in every),
        expansion=expansion if isinstance(expansion, int) and expansion > 1 else 1,
    )


def constructed(callee: Any) -> Any:
    """Return the class whose constructor says what a class takes; whatever is no class as it is.

    That is a class above it where its own constructor hands on all that it gets, as of one that a decorator made.
    """
    passed = False
    for kind in callee.__mro__ if isinstance(callee, type) else ():
        own = vars(kind).get("__init__")
        if own is not None and not _hands_all_on(own):
            return kind if passed else callee
        passed = passed or own is not None
    return callee


def maker_of(callee: Any) -> Any:
    """Return the function whose arguments a class or function takes; None of a class without a constructor."""
    kind = constructed(callee)
    return vars(kind).get("__init__") if isinstance(kind, type) else kind


def _hands_all_on(maker: Any) -> bool:
    """Tell a constructor that takes whatever comes and gives it to that of the class above."""
    try:
        kinds = [each.kind for each in inspect.signature(maker).parameters.values()][1:]
        text = inspect.getsource(maker)
    except (OSError, TypeError, ValueError):
        return False
    return kinds == [Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD] and bool(_HANDED_ON.search(text))


_HANDED_ON = re.compile(r"super\([^)]*\)\.__init__\(\*\w+, \*\*\w+\)")


def is_placed(parameter: Parameter, role: Role) -> bool:
    """Tell a channel count by its place alone: no part of its name says that it counts channels, as `skip_ch` does."""
    return role in (Role.IN, Role.OUT) and _by_spelling(parameter) is Role.OTHER and not _parts(parameter) & _COUNTED


def says_in(parameter: Parameter) -> bool:
    """Tell a name that says by itself that it counts the channels that come in."""
    return _by_spelling(parameter) is Role.IN


def _parts(parameter: Parameter) -> set[str]:
    return {part.lower() for part in re.findall(r"[a-z]+|[A-Z][a-z]*", parameter.name)}


def role_of(word: str) -> Role:
    """Return the role that a spelling stands for."""
    word = re.sub(r"^nb_?(?=\w)", "num_", word.lower().strip("_"))
    return _ROLE_OF.get(word, _ROLE_OF.get(word.replace("_", ""), Role.OTHER))


def names_settings(name: str) -> bool:
    """Tell whether an argument's name says that it is a configuration object."""
    return bool(_SETTINGS.search(name.lower()))


def names_settings_class(name: str) -> bool:
    """Tell the name of a class that holds settings: `GPTConfig`, `ModelArgs`."""
    return bool(re.search(r"conf|cfg|args$|params$|options?$|settings$", name, re.I))


def names_module(name: str) -> bool:
    """Tell whether an argument's name says that it is a module, which this one wraps."""
    return bool(_MODULES.search(name.lower()))


def _by_spelling(parameter: Parameter) -> Role:
    role = role_of(parameter.name)
    if role is Role.BOTH and type(parameter.default) is int and parameter.default <= 3:
        return Role.OTHER  # `dims=2` counts axes
    if role in (Role.IN, Role.OUT, Role.BOTH) and type(parameter.default) is float:
        return Role.OTHER  # `c=0.8` is a constant
    if role is Role.IN and parameter.name.endswith("_size") and parameter.default in _USUAL_SIDES:
        return Role.OTHER  # of an image
    if role is Role.STRIDE and parameter.default is None and parameter.name.endswith("s"):
        return Role.OTHER  # a list of them, one a level of a pyramid
    if isinstance(parameter.default, bool) and role not in (Role.OTHER, Role.PROJECT):
        role = Role.PROJECT if role is Role.DOWN else Role.OTHER
    return _by_parts(parameter) if role is Role.OTHER else role


def _by_parts(parameter: Parameter) -> Role:
    """Read the role of a longer spelling off its parts, as in `n_filters_in`; counts have none."""
    words = _parts(parameter)
    if not words & _COUNTED or not _takes_int(parameter):
        return Role.OTHER
    if words & _INWARD:
        return Role.IN
    return Role.OUT if words & _OUTWARD else Role.OTHER


Roles = dict[str, Role]


def _settled(found: Roles, parameters: Mapping[str, Parameter]) -> Roles:
    """Let the channels of one constructor agree: what single spellings left open, the others decide."""
    for step in (
        _out_beside_in,
        _in_beside_out,
        partial(_unknown_words, parameters=parameters),
        partial(_inner_alone, parameters=parameters),
        _in_alone,
    ):
        found = step(found)
    return found


def _out_beside_in(found: Roles) -> Roles:
    """In `(in_channels, channels)` the second is what goes out."""
    present = set(found.values())
    undecided = Role.IN in present and Role.BOTH in present and Role.OUT not in present
    return _changed(found, _having(found, Role.BOTH), Role.OUT) if undecided else found


def _in_beside_out(found: Roles) -> Roles:
    """In `(channels, out_channels)` the first is what comes in; an output alone is both."""
    if Role.OUT not in found.values() or Role.IN in found.values():
        return found
    both = _having(found, Role.BOTH)
    return _changed(found, both[:1], Role.IN) if both else _changed(found, _having(found, Role.OUT)[:1], Role.BOTH)


def _unknown_words(found: Roles, parameters: Mapping[str, Parameter]) -> Roles:
    """Give required integers of unknown spelling the places that are left: first in, then out."""
    present = set(found.values())
    if Role.BOTH in present:
        return found
    left = [role for role in (Role.IN, Role.OUT) if role not in present]
    required = [each for each in _having(found, Role.OTHER) if parameters[each].default is Parameter.empty]
    if left == [Role.OUT] and Role.STRIDE in present and "depth" in required:
        return found | {"depth": Role.OUT}  # a depth between channels and a stride is one of channels
    unknown = [name for name in required if _is_channels(parameters[name])]
    return found | dict(zip(unknown, left, strict=False))


def _inner_alone(found: Roles, parameters: Mapping[str, Parameter]) -> Roles:
    """A required width inside the block, in `(hidden,)`, is also the one outside when there is no other."""
    if {Role.IN, Role.OUT, Role.BOTH} & set(found.values()):
        return found
    required = [each for each in _having(found, Role.INNER) if parameters[each].default is Parameter.empty]
    return _changed(found, required[:1], Role.BOTH)


def _in_alone(found: Roles) -> Roles:
    """An input without an output is both."""
    if {Role.OUT, Role.BOTH} & set(found.values()):
        return found
    return _changed(found, _having(found, Role.IN), Role.BOTH)


def _having(found: Roles, role: Role) -> list[str]:
    return [name for name, own in found.items() if own is role]


def _changed(found: Roles, names: Collection[str], role: Role) -> Roles:
    return found | dict.fromkeys(names, role)


def _is_channels(parameter: Parameter) -> bool:
    name = parameter.name.lower()
    return _takes_int(parameter) and not (_COUNTS.search(name) or names_settings(name) or names_module(name))


def _takes_int(parameter: Parameter) -> bool:
    return parameter.annotation is Parameter.empty or parameter.annotation in _INTS


_USUAL_SIDES = (28, 32, 64, 96, 112, 128, 160, 192, 224, 256, 299, 320, 384, 416, 448, 512)
_INTS = (int, "int", "Optional[int]", "int | None")
_SETTINGS = re.compile(r"^(config|cfg|conf|args|opts?|options|hparams|params|hp|settings|model_args|model_config)$")
_MODULES = re.compile(
    r"^(fn|func|function|f|g|(sub_?)?module|net|network|model|backbone|layer|inner|wrapped|attn|attention|ff|"
    r"feed_?forward|mlp|encoder|decoder|transformer|generator|discriminator|vit|student|teacher|base_?model)"
    r"(_?(net|network|model|module|fn|layer))?$"
)
_COUNTED = frozenset({"channels", "channel", "ch", "chan", "chans", "filters", "filter", "planes", "features", "feats",
                      "feat", "dim", "dims", "width", "maps", "size", "depth", "units", "nc", "c", "hidden"})  # fmt: skip
_INWARD = frozenset({"in", "input", "inputs", "inp", "from", "prev", "source"})
_OUTWARD = frozenset({"out", "output", "outputs", "outp", "to", "next", "target"})
_COUNTS = re.compile(
    r"^(n|num|number|count)_?(of_)?(stage|conv|layer|block|repeat|unit|res|iter|branch|head|group|step)|^(depth|n|repeats?|times)$|(^|_)(levels?|recursions?)$|shape$|heads?$|(image|img|patch|window|kernel)_?size|^(norm|act|activation|device)"
)
_SPELLINGS: dict[Role, str] = {
    Role.IN: "in_channels inchannel in_channel inchannels input_channels input_channel in_planes inplanes nin c_in cin in_ch inch "
    "in_c ch_in chin in_dim dim_in in_features in_filters in_size in_feat in_feats nc_in ic inp input_dim input_nc c1 fin w_in "
    "n_in input_size num_in in_width in_chs in_depth n_inputs ni ninput in_maps inf from_channels channels_in width_in inc "
    "n_in_channels num_input_channels input_depth in_chan in_chans num_in_channels in_nc input_filters input_features n_input "
    "num_inputs in_filter f_in infilters ci src d_in input_planes innum in_num",
    Role.OUT: "out_channels outchannel out_channel outchannels output_channels output_channel out_planes planes outplanes nout c_out "
    "cout out_ch outch out_c ch_out chout out_dim dim_out out_features out_filters out_size out_feat out_feats nc_out oc oup "
    "num_channels output_dim output_nc c2 fout w_out n_out output_size num_out out_width out_chs out_depth n_outputs nf_out "
    "noutput out_maps outf to_channels channels_out width_out outc n_out_channels num_output_channels out_chan out_chans "
    "num_out_channels out_nc output_filters output_features n_output num_outputs out_filter f_out outfilters co dst d_out "
    "output_planes outnum out_num plane",
    Role.BOTH: "channels channel dim dims features ch nf n_feat n_feats num_feat num_feats width filters num_filters n_filters c nc "
    "ngf hidden_size nfeat d_model num_features num_fea n_channels nchannels k_channels depth_channels planes_in size feat "
    "in_out_channels n_feature n_features f fea nfeats residual_channels res_channels model_dim embed_dim chans nchan n_chan nch",
    Role.INNER: "mid_channels mid hidden hidden_channels bottleneck_channels mid_planes expand mid_dim hidden_dim midplanes "
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
