"""Where in a file are the network's tensors, and what was wrapped around them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from residua.errors import WeightsError
from residua.pickles.allowed import Instance
from residua.pickles.stored import Stored
from residua.text import and_more
from residua.weights.files.names import words_of
from residua.weights.files.opened import Declared, Opened
from residua.weights.recognise.our_names import COUNTER
from residua.weights.unwrap.beside import declared_beside
from residua.weights.unwrap.containers import LARGEST_LAYER, Contents, Path, contents_of
from residua.weights.unwrap.modules import declared_by, is_module, other_norm

NOT_WEIGHTS = ("optim", "grad", "sched", "scaler", "amp", "momentum", "loss", "criterion", "rng", "buffer_names")
PREFIXES = ("module", "_orig_mod", "model", "net", "network", "backbone", "encoder", "resnet", "_model", "student")
INNER = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")  # around any module, not all of them alike
PROFILED = ("total_ops", "total_params")  # what thop counted in every module, left there as buffers
FEWEST_LAYERS = 8  # that make a tree of layers


@dataclass(frozen=True)
class Unwrapped:
    """One network's tensors, names stripped of the prefixes that all of them share.

    wrappers: keys and prefixes that were around them, outermost first. ignored: what else the file holds.
    others: further networks in the file (averaged weights), by the keys that lead to them. not_read: objects beside the
    weights of which only the class is known: "args.data: pathlib.PosixPath". declared: what stands beside the weights,
    or is seen in a pickled module, of the network and its input.
    """

    tensors: Mapping[str, Stored]
    wrappers: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    not_read: tuple[str, ...] = ()
    declared: Mapping[str, Declared] = field(default_factory=dict)


def unwrap(opened: Opened, *, ema: bool = False, prefix: str | None = None) -> Unwrapped:
    """Return the network's tensors in an opened file.

    ema: take averaged weights where the file has both. prefix: take what lies under this key or name.
    Raises WeightsError when there are no weights, several networks, or no such prefix.
    """
    what = str(opened.path)
    contents = contents_of(opened.tree, what)
    _refuse_coded(what, contents)
    found = _joined(contents.states)
    weights = _averaged_apart({path: state for path, state in found.items() if not _is_bookkeeping(path)})
    if not any(_has_kernels(state) for state in weights.values()):
        weights = _without_names(contents) or weights
    if not weights:
        raise _no_weights(opened, contents)
    for state in weights.values():
        _refuse_twice(what, state)
    if prefix is not None:
        path, network = _under(opened, weights, prefix)
        return replace(network, declared=_declared(opened, contents, path))
    path = _chosen(opened, weights, ema)
    kind = [f"a pickled {contents.modules[path].kind}"] if path in contents.modules else []
    network = _stripped(weights[path], [*path, *kind])
    return replace(
        network,
        others=tuple(".".join(other) for other in weights if other != path and _has_kernels(weights[other])),
        ignored=(*dict.fromkeys(other[0] for other in found if other not in weights), *network.ignored),
        extras=_extras(opened.tree),
        not_read=tuple(f"{'.'.join(key)}: {kind}" for key, kind in contents.foreign.items() if key != path[: len(key)]),
        declared=_declared(opened, contents, path),
    )


def _refuse_coded(what: str, contents: Contents) -> None:
    """Raise WeightsError for weights of which the file holds a code, and not their values."""
    if contents.quantised:
        raise WeightsError(
            f"{what} is quantised: {contents.quantised}, and residua reads floating-point weights; fetch the "
            "checkpoint that it was made of"
        )
    if len(contents.coded) > 1:
        raise WeightsError(
            f"{what} is product-quantised: {'.'.join(contents.coded[0])} is a codebook (centroids, assignments), and "
            "residua reads weights; decode it with the code that wrote it"
        )


def _chosen(opened: Opened, weights: Mapping[Path, Mapping[str, Stored]], ema: bool) -> Path:
    """Return the keys that lead to the network. Raises WeightsError when several do, or none with averaged weights."""
    averaged = [path for path in weights if any(_is_averaged(word) for word in path)]
    plain = [path for path in weights if path not in averaged]
    if ema and not averaged:
        raise WeightsError(f"{opened.path} has no averaged (EMA) weights; leave --ema out")
    chosen = _kernels_only(weights, averaged if ema or not plain else plain)
    if len(chosen) > 1:
        names = and_more([".".join(path) or "(top)" for path in chosen])
        if not any(len(tensor.shape) > 2 for path in chosen for tensor in weights[path].values()):
            raise WeightsError(f"{opened.path} holds matrices ({names}) and no convolution; not a residual network")
        raise WeightsError(f"{opened.path} holds {len(chosen)} networks: {names}; `residua convert --prefix` takes one")
    return chosen[0]


def _without_names(contents: Contents) -> dict[Path, dict[str, Stored]]:
    """Return the lists of tensors in which kernels lie, the outermost ones: federated learning passes weights so."""
    lists = {path: values for path, values in contents.values.items() if _has_kernels(values)}
    return {path: values for path, values in lists.items() if not any(path[:n] in lists for n in range(len(path)))}


def _no_weights(opened: Opened, contents: Contents) -> WeightsError:
    """Return the refusal of a file that holds no network, by what it holds instead."""
    if contents.needed:
        (path, named), *_ = contents.needed.items()
        return _stand_in(opened, path, named)
    what = "only an optimizer's state, no weights" if contents.states else "no tensors"
    objects = [f"{'.'.join(path) or 'the whole file'} is a {kind}" for path, kind in contents.foreign.items()]
    seen = f" ({objects[0]}, of which nothing is read)" if objects and not contents.states else ""
    return WeightsError(f"{opened.path} holds {what}{seen}; residua needs the network's state dict")


def _stand_in(opened: Opened, path: Path, named: Mapping[str, str]) -> WeightsError:
    """Return the refusal of a file that has an object of another class where a tensor is needed."""
    name, kind = next(iter(named.items()))
    name, kind = ".".join((*path, name)), kind.removeprefix("a ")
    return WeightsError(
        f"{opened.path}: a tensor is needed for {name}, and the file has a {kind}, of which residua makes nothing; "
        "have it saved as a plain tensor (tensor.detach().cpu(); of a sparse one tensor.to_dense()), or as safetensors"
    )


def _declared(opened: Opened, contents: Contents, path: Path) -> dict[str, Declared]:
    """Return what is declared of the network at `path`. Raises WeightsError for what residua cannot compute there."""
    if contents.needed.get(path):
        raise _stand_in(opened, path, contents.needed[path])
    kernels = [tensor for tensor in contents.states.get(path, {}).values() if len(tensor.shape) == 4]
    if kernels and not any(tensor.floating for tensor in kernels):
        raise WeightsError(
            f"{opened.path} is quantised: its {len(kernels)} kernels are {kernels[0].dtype}, and residua reads "
            "floating-point weights; fetch the checkpoint that it was made of"
        )
    beside = declared_beside(opened.tree, path)
    module = contents.modules.get(path)
    if module is None:
        return beside
    norm = other_norm(module, str(opened.path))
    if norm is not None:
        raise WeightsError(f"{opened.path} is not a residual network that residua knows: {norm}")
    return beside | declared_by(module, str(opened.path))


def _is_averaged(word: str) -> bool:
    return "ema" in word.lower().split("_")


def _averaged_apart(weights: dict[Path, dict[str, Stored]]) -> dict[Path, dict[str, Stored]]:
    """Return dictionaries whose averaged weights lie within the others' ({model.*, ema_model.*}) as two."""
    split: dict[Path, dict[str, Stored]] = {}
    for path, state in weights.items():
        groups: dict[Path, dict[str, Stored]] = {path: {}}
        for name, tensor in state.items():
            head, _, rest = name.partition(".")
            own = rest and _is_averaged(head)
            groups.setdefault((*path, head) if own else path, {})[rest if own else name] = tensor
        kernels = [any(len(tensor.shape) >= 2 for tensor in group.values()) for group in groups.values()]
        split |= groups if all(kernels) else {path: state}
    return split


def _joined(found: dict[Path, dict[str, Stored]]) -> dict[Path, dict[str, Stored]]:
    """Return what `_state_dicts` finds, the dictionaries of single layers (JAX's trees) joined to the network's one."""
    layers = {
        path: state
        for path, state in found.items()
        if len(path) > 1 and 0 < len(state) <= LARGEST_LAYER and not _is_bookkeeping(path)
    }
    if len(layers) < FEWEST_LAYERS:
        return found
    joined = {".".join((*path, name)): tensor for path, state in layers.items() for name, tensor in state.items()}
    return {path: state for path, state in found.items() if path not in layers} | {(): joined}


def _kernels_only(weights: Mapping[Path, Mapping[str, Stored]], paths: list[Path]) -> list[Path]:
    """Return the paths whose tensors include kernels, or else all."""
    convolving = [path for path in paths if any(len(tensor.shape) > 2 for tensor in weights[path].values())]
    return convolving or [path for path in paths if _has_kernels(weights[path])] or paths[:1]


def _has_kernels(state: Mapping[str, Stored]) -> bool:
    return any(len(tensor.shape) >= 2 for tensor in state.values())


def _is_bookkeeping(path: Path) -> bool:
    return any(word.lower().startswith(NOT_WEIGHTS) for word in path)


def _extras(tree: Any) -> dict[str, Any]:
    """Return the plain numbers and words that stand beside the weights: epoch, accuracy, arch."""
    node = tree.state if isinstance(tree, Instance) and not is_module(tree) else tree
    if not isinstance(node, dict):
        return {}
    return {str(key): value for key, value in node.items() if isinstance(value, (str, int, float)) and _is_short(value)}


def _is_short(value: str | int | float) -> bool:
    return len(value) < 100 if isinstance(value, str) else isinstance(value, float) or value.bit_length() < 300


def _under(opened: Opened, weights: Mapping[Path, Mapping[str, Stored]], prefix: str) -> tuple[Path, Unwrapped]:
    """Return what lies under a key of the file, or under a prefix of its tensors' names; first the keys to it."""
    wanted = prefix.rstrip(".")
    for path, state in weights.items():
        if ".".join(path) == wanted or path[-1:] == (wanted,):
            return path, _stripped(state, list(path))
    for path, state in weights.items():
        for network in (Unwrapped(state, path), _stripped(state, list(path))):
            named = network.tensors.items()
            within = {name[len(wanted) + 1 :]: value for name, value in named if name.startswith(wanted + ".")}
            if within:
                return path, _stripped(within, [*network.wrappers, wanted])
    names = sorted({words_of(name)[0] for state in weights.values() for name in state if words_of(name)})
    raise WeightsError(f"{opened.path} has nothing under {prefix!r}; its names begin with {', '.join(names[:8])}")


def _stripped(state: Mapping[str, Stored], wrappers: list[str]) -> Unwrapped:
    """Strip the wrappers' prefixes that every name of `state` begins with, and what wraps single modules anywhere."""
    names = without_counters(state) or state
    length = 0
    while True:
        heads = {name[length:].partition(".")[0] for name in names}
        head = next(iter(heads), "")
        if len(heads) != 1 or head not in PREFIXES:
            break
        wrappers = [*wrappers, f"{head}."]
        length += len(head) + 1
    prefix = next(iter(names))[:length] if names else ""
    kept = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    wrappers = [*wrappers, *(f"{word}. in names" for word in INNER if any(f"{word}." in name for name in kept))]
    kept = {_unwrapped(name): tensor for name, tensor in kept.items()}
    counts = tuple(name for name in kept if name.rpartition(".")[2] in PROFILED)
    return Unwrapped({name: kept[name] for name in kept if name not in counts}, tuple(wrappers), counts)


def _refuse_twice(what: str, state: Mapping[str, Stored]) -> None:
    """Raise WeightsError for a tensor that is there both within and without what wraps its module."""
    known: dict[str, str] = {}
    for name in state:
        other = known.setdefault(_unwrapped(name), name)
        if other != name:
            raise WeightsError(f"{what} holds one tensor twice, as {other!r} and as {name!r}; keep one of them")


def _unwrapped(name: str) -> str:
    return ".".join(word for word in name.split(".") if word not in INNER)


def without_counters(tensors: Mapping[str, Stored]) -> dict[str, Stored]:
    """Return the tensors without what no network computes with: counters, integers, single numbers."""
    return {
        name: tensor
        for name, tensor in tensors.items()
        if tensor.floating and tensor.shape and name.rpartition(".")[2] not in (COUNTER, *PROFILED)
    }
