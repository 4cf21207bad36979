"""Which line of the user's files is to blame for an operation, or for a layer?"""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass

from torch import nn

from residua.check.evidence import source
from residua.check.run.trial import Trial
from residua.record.tape import Frame, Op, Tape
from residua.targets.sites import Site

Place = tuple[str, int]
_SHORTCUT_NAME = re.compile(r"short|skip|down|proj|ident|resid|match|right|1x1", re.I)
_ENTRY = re.compile(r"(\.\d+)+$")


def first_frame(frames: tuple[Frame, ...], files: frozenset[str]) -> Place | None:
    """Return the innermost place inside the user's files; else the innermost of all."""
    chosen = next((frame for frame in frames if frame.file in files), next(iter(frames), None))
    return (chosen.file, chosen.line) if chosen is not None else None


@dataclass
class Places:
    """The user's files, and the one among them that defines the class."""

    class_name: str
    file: str
    files: frozenset[str]

    @property
    def fallback(self) -> Place | None:
        """The class line: better than no place."""
        node = source.class_in(self.file, self.class_name)
        return (self.file, node.lineno) if node else None

    def line_of(self, op: Op) -> Place | None:
        """Return the line of forward that executed an operation."""
        return first_frame(op.frames, self.files)

    def op_place(self, op: Op, trial: Trial) -> Place | None:
        """Return the line of an operation: of its layer's constructor when a container called it, else of the call."""
        calls = [trial.tape.calls[index] for index in op.calls]
        if len(calls) > 1 and calls[-1].of_torch and isinstance(calls[-2].module, (nn.Sequential, nn.ModuleList)):
            made = self.made_at(calls[-1].module, trial)
            if made is not None:
                return made
        return self.line_of(op)

    def forward_place(self, op: Op, trial: Trial) -> Place | None:
        """Return the line of a container's layer, else the innermost line of a forward: helpers pass the blame on."""
        made = self.op_place(op, trial)
        if made is not None and made != self.line_of(op):
            return made
        inside = [frame for frame in op.frames if frame.file in self.files and frame.function == "forward"]
        return (inside[0].file, inside[0].line) if inside else made

    def line_within(self, op: Op, call: int, tape: Tape) -> Place | None:
        """Return the line by which the module of a call executed `op`: what its parts do stands where it calls them."""
        parts = (tape.calls[index] for index in op.calls if index > call)
        part = next((each for each in parts if not each.of_torch), None)
        return first_frame(part.frames if part is not None else op.frames, self.files)

    def line_beside(self, op: Op, other: Op) -> Place | None:
        """Return the line of `op` in the innermost function of the user's files that executed `other` too."""
        for frame in other.frames:
            if frame.file in self.files and frame.function not in ("<module>", "__init__"):
                own = [each for each in op.frames if (each.file, each.function) == (frame.file, frame.function)]
                around = source.function_at(frame.file, frame.line)
                same = [each for each in own if source.function_at(each.file, each.line) is around]
                if same:
                    return same[0].file, same[0].line
        return None

    def layer(self, op: Op, trial: Trial) -> nn.Module | None:
        """Return the layer that executed `op`, when one of torch's own did."""
        tape = trial.tape if op.index < len(trial.tape.ops) and trial.tape.ops[op.index] is op else trial.eval_tape
        if not op.calls:
            return None
        module = tape.calls[op.calls[-1]].module
        return module if is_layer(module) else None

    def layer_place(self, op: Op, trial: Trial, word: str = "") -> Place | None:
        """Return the line that constructed the layer behind `op`; without a layer, the line that executed it."""
        module = self.layer(op, trial)
        made = self.made_at(module, trial, word) if module is not None else None
        return made or self.line_of(op)

    def made_inside(self, module: nn.Module | None, trial: Trial) -> Place | None:
        """Return the line by which the method of the user's that is nearest to a layer made it, by helpers too."""
        own = [site for site in trial.sites(module) if site.file in self.files] if module is not None else []
        return next((site.place for site in own if site.owner is not None), None)

    def made_alone_at(self, module: nn.Module, trial: Trial, owner: str) -> Place | None:
        """Return the innermost line on the way to a layer's constructor that made no other layer of its kind.

        A helper's line that makes the right ones too is not to blame: the line of the class `owner` that called it is.
        None where every line made several, as in a loop.
        """
        ran = {id(call.module): call.module for call in trial.tape.calls}
        others = [other for other in ran.values() if type(other) is type(module) and other is not module]
        shared = {site.place for other in others for site in trial.sites(other)}
        own = [site for site in outside_of(module, trial.sites(module)) if site.file in self.files]
        last = max((index for index, site in enumerate(own) if site.owner == owner), default=-1)
        return next((site.place for site in own[: last + 1] if site.place not in shared), None)

    def decided_at(self, module: nn.Module, trial: Trial, word: str) -> Place | None:
        """Return the innermost line on the way to a layer's constructor that does not only hand `word` through."""
        own = [site for site in trial.sites(module) if site.file in self.files]
        return next((site.place for site in own if not _hands_through(site, word)), None)

    def made_at(self, module: nn.Module | None, trial: Trial, word: str = "", within: str = "") -> Place | None:
        """Return the line that constructed `module`.

        word: a constructor argument; a helper function that takes it as its own parameter passes the blame on. Of the
        "channels in" only what the layer's own call is given first counts. within: a class beyond whose own constructor
        nobody is to blame.
        """
        if module is None:
            return None
        sites = trial.sites(module)
        if sites:
            sites = outside_of(module, sites)
            own = [site for site in sites if site.file in self.files]
            inside = [site.owner == within and site.function == "__init__" for site in own]
            own = own[: inside.index(True) + 1] if True in inside else own
            if word == _ENTERING and _is_given_another(module, sites[0]):
                return sites[0].place
            return _responsible(own or list(sites[:1]), word.partition(" ")[0]).place
        path = next((name for name, each in trial.module.named_modules() if each is module), "")
        owner, rest = _owner_of(trial.module, path)
        line = source.creation_line(self.file, owner, rest)
        return (self.file, line) if line else None


def is_layer(module: nn.Module) -> bool:
    """Tell torch's layers, and classes derived from them, from modules of the user's own making."""
    plain = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict)
    return any(kind.__module__.startswith("torch.nn") and kind not in plain for kind in type(module).__mro__)


def is_shortcut_layer(op: Op, trial: Trial, block: str = "") -> bool:
    """Tell by its name whether the layer behind `op` was meant as a shortcut; what a block itself is called says none.

    block: the path of the block; an entry of an nn.Sequential is called as that is.
    """
    for path in (trial.tape.calls[index].path for index in op.calls):
        inside = not block or path.startswith(f"{block}.")
        if path and inside and _SHORTCUT_NAME.search(_ENTRY.sub("", path).rpartition(".")[2]):
            return True
    return False


def outside_of(module: nn.Module, sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """Leave out the lines of the module's own __init__: who called it is asked for."""
    own = itertools.takewhile(lambda site: site.function == "__init__" and site.owner == type(module).__name__, sites)
    return sites[len(list(own)) :] or sites


def _responsible(sites: list[Site], word: str) -> Site:
    """Walk outwards from a layer's constructor while the place only hands `word` through from its own caller."""
    chosen = sites[0]
    for inner, outer in itertools.pairwise(sites):
        if inner.function == "__init__" and inner.owner is not None and not _is_helper(inner, outer):
            break
        if inner.function == "<module>" or not _hands_through(inner, word):
            break
        chosen = outer
    return chosen


def _hands_through(site: Site, word: str) -> bool:
    """Whether a parameter that says `word` is among what the calls in this line are given: else it ends here."""
    meant = _meant(site, word) if word else set[str]()
    given = _names_given(site)
    return bool(meant if given is None else meant & given)


_ENTERING = "channels in"
_TAKE_FIRST = ("in_channels", "in_features", "num_features", "num_channels", "input_size")


def _is_given_another(module: nn.Module, site: Site) -> bool:
    """Tell a call of the layer's class, on its line, whose first argument holds no number of channels handed through.

    In `nn.Conv2d(reduction, channels, 1)` the channels that go out are the caller's; the wrong ones are not.
    """
    names = {type(module).__name__, type(module).__name__.removeprefix("Lazy")}
    calls = [node for node in source.nodes_of(site.file) if isinstance(node, ast.Call) and node.lineno == site.line]
    called = [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) in names]
    firsts = [call.args[0] for call in called if call.args]
    firsts += [each.value for call in called for each in call.keywords if each.arg in _TAKE_FIRST]
    if len(firsts) != 1 or len(called) != 1 or isinstance(firsts[0], ast.Starred):
        return False
    read = {node.id for node in ast.walk(firsts[0]) if isinstance(node, ast.Name)}
    around = source.function_at(site.file, site.line)
    for node in ast.walk(around) if around is not None else ():  # a local name stands for what it was computed from
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") in read for target in node.targets):
            read |= {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
    return not read & _meant(site, "channels")


def _meant(site: Site, word: str) -> set[str]:
    """Return the parameters of a place that say `word`."""
    plain = {name: name.lower().strip("_") for name in site.parameters}
    return {name for name, each in plain.items() if word in each or each in _ALIASES.get(word, ())}


def _names_given(site: Site) -> set[str] | None:
    """Return the names in the arguments of the calls that start in a line; None where they cannot be told."""
    calls = [node for node in source.nodes_of(site.file) if isinstance(node, ast.Call) and node.lineno == site.line]
    unpacked = any(isinstance(each, ast.Starred) for call in calls for each in call.args)
    if not calls or unpacked or any(keyword.arg is None for call in calls for keyword in call.keywords):
        return None
    values = [value for call in calls for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    return {node.id for value in values for node in ast.walk(value) if isinstance(node, ast.Name)}


_ALIASES = {
    "stride": ("s", "step", "strides"),
    "padding": ("p", "pad"),
    "channels": ("in_planes", "inplanes", "planes", "in_ch", "out_ch", "cin", "cout", "nin", "nout", "ni", "nf", "c1", "c2", "i", "o",  # noqa: E501
                 "inp", "oup", "c_in", "c_out", "in_c", "out_c", "a", "b", "cout", "ch", "c", "dim", "in_dim", "out_dim"),  # noqa: E501
    "bias": ("bias",),
    "dilation": ("d", "dil", "rate"),
}  # fmt: skip


def _is_helper(inner: Site, outer: Site) -> bool:
    """A module constructed inside another module's __init__ is a helper of that one."""
    return outer.function == "__init__" and outer.owner is not None and outer.owner != inner.owner


def _owner_of(root: nn.Module, path: str) -> tuple[str, str]:
    """Split a dotted path into the class that owns its first attribute of user code, and the rest."""
    parts = path.split(".")
    module, owner, start = root, type(root).__name__, 0
    for index, part in enumerate(parts[:-1]):
        module = getattr(module, part, module)
        if not type(module).__module__.startswith("torch."):
            owner, start = type(module).__name__, index + 1
    return owner, ".".join(parts[start:])
