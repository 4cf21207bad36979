"""Which networks are nearly ours? One of ours with one thing more, or one thing elsewhere; what does `load` make of it?

`python -m tests.weights.mutated_networks [COUNT]` prints kind, place and outcome of each, and how many of which.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

import residua
from residua.errors import ResiduaError
from residua.spec import ResNetSpec

from .foreign_modules import REPARAMETRISED, anywhere, on_maps, on_vectors

SEED, PIXELS, CLASSES = 20261129, 16, 7
TOLERANCE = 1e-6  # of the largest logit, in float64
SMALL = {"depths": (2, 2), "widths": (16, 32), "stem": "3x3", "stem_width": 16, "num_classes": CLASSES}
BASES = {
    "basic": ResNetSpec(**SMALL),
    "option A": ResNetSpec(**SMALL, shortcut="A", shortcut_pad="end"),
    "option C": ResNetSpec(**SMALL, shortcut="C"),
    "biased": ResNetSpec(**SMALL, conv_bias=True),
    "gated": ResNetSpec(**SMALL, attention="se", se_ratio=1 / 2),
    "pre-activated": ResNetSpec(**SMALL, preactivation=True),
    "bottleneck": ResNetSpec(**SMALL | {"widths": (4, 8)}, block="bottleneck"),
    "wide stem": ResNetSpec(depths=(1, 2, 1), widths=(16, 24, 32), stem_width=16, num_classes=CLASSES),
}
WORDS = {  # our word: somebody else's; some leave the names as they are
    "torchvision's": {},
    "tutorial": {"layer": "stage", "downsample": "shortcut", "conv": "c", "bn": "norm"},
    "own": {"layer1": "first", "layer2": "second", "layer3": "third", "conv": "filter", "bn": "scaler", "fc": "judge"},
}


@dataclass
class Mutant:
    """A network with `logits` and `features` of `x`, its tensors under their names, and the names that are foreign."""

    kind: str
    place: str
    tensors: dict[str, Tensor]
    foreign: tuple[str, ...]
    x: Tensor
    logits: Tensor
    features: Tensor
    own_features: Tensor  # of the network before anything was added


@dataclass(frozen=True)
class Outcome:
    """What `load` made of a mutant. right: the same logits, the features below a foreign head, or refused by name."""

    kind: str
    place: str
    what: str
    right: bool
    message: str = ""

    def __str__(self) -> str:
        return f"{'' if self.right else 'WRONG '}{self.kind} | {self.place} | {self.what} | {self.message}"


def mutants(count: int) -> list[Mutant]:
    """Return the first `count` networks of the fixed seed; a mutation that changes no logit is drawn anew."""
    found: list[Mutant] = []
    random.seed(SEED)
    torch.manual_seed(SEED)
    while len(found) < count:
        mutant = _drawn()
        if mutant is not None:
            found.append(mutant)
    return found


def lively(spec: ResNetSpec) -> nn.Module:
    model = residua.build(spec)
    settle(model)
    return model.double().eval()


def settle(module: nn.Module) -> None:
    """Give norms numbers of their own."""
    with torch.no_grad():
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            if tensor.ndim == 1 and tensor.is_floating_point() and "_u" not in name and "_v" not in name:
                tensor.copy_(torch.rand(tensor.shape) + 0.5)


def _drawn() -> Mutant | None:
    base = random.choice(list(BASES))
    model = lively(BASES[base])
    x = torch.randn(2, 3, PIXELS, PIXELS, dtype=torch.float64)
    with torch.no_grad():
        before, own_features = model(x), model.embed(x)
        caught: dict[str, Tensor] = {}
        model.flatten.register_forward_hook(lambda module, given, out: caught.update(features=out))
        names = set(model.state_dict())
        draw = random.choices(list(DRAWS), list(DRAWS.values()))[0]
        drawn = draw(model, x)
        if drawn is None:
            return None
        kind, place, moved = drawn
        logits = model(x)
    changed = (logits - before).abs().max() > 1e-3 * before.abs().max() if logits.shape == before.shape else True
    if not changed and draw not in (_moved, _copied):
        return None
    state = {moved.get(name, name): tensor for name, tensor in model.state_dict().items()}
    words = random.choice(list(WORDS))
    tensors = {_in_words(name, WORDS[words]): tensor.clone() for name, tensor in state.items()}
    foreign = tuple(
        _in_words(moved.get(name, name), WORDS[words])
        for name in model.state_dict()
        if name not in names or name in moved
    )
    place = f"{base}, {words} words: {place}"
    return Mutant(kind, place, tensors, foreign, x, logits, caught["features"], own_features)  # fmt: skip


def _in_words(name: str, words: dict[str, str]) -> str:
    for ours, theirs in words.items():
        name = name.replace(ours, theirs)
    return name


def _added(model: nn.Module, x: Tensor) -> tuple[str, str, dict[str, str]] | None:
    """Let a foreign module compute with what some module gives, or reads; it is registered beside it or elsewhere."""
    modules = {name: module for name, module in model.named_modules() if name}
    at = random.choice(list(modules))
    reads = random.random() < 0.25
    shape = _shape_at(model, modules[at], x, reads)
    if shape is None or len(shape) < 2:
        return None
    channels = shape[1]
    more = on_vectors(channels) if len(shape) == 2 else on_maps(channels) if shape[-1] > 1 else {}
    kinds = anywhere(channels) | more
    kind = random.choice(list(kinds))
    foreign = kinds[kind]()
    settle(foreign)
    foreign = foreign.double().eval()
    parents = {
        "beside": at.rpartition(".")[0],
        "at the top": "",
        "within": at,
        "in the block": ".".join(at.split(".")[:2]),
    }
    where = random.choice(list(parents))
    parent = model.get_submodule(parents[where]) if parents[where] else model
    name = random.choice(("extra", "adapter", "se", "attn", "mod", "conv4", "bn9", "head_0", "proj"))
    if hasattr(parent, name) or isinstance(parent, nn.Sequential):  # which would also run it, at its end
        return None
    parent.add_module(name, foreign)
    if reads:
        modules[at].register_forward_pre_hook(lambda module, given: (foreign(given[0]), *given[1:]))
    else:
        modules[at].register_forward_hook(lambda module, given, out: foreign(out))
    return kind, f"{'before' if reads else 'behind'} {at}, {where} as {name}", {}


def _shape_at(model: nn.Module, module: nn.Module, x: Tensor, reads: bool) -> torch.Size | None:
    seen: list[torch.Size] = []
    handle = module.register_forward_hook(lambda module, given, out: seen.append((given[0] if reads else out).shape))
    model(x)
    handle.remove()
    return seen[0] if seen else None


def _reparametrised(model: nn.Module, x: Tensor) -> tuple[str, str, dict[str, str]] | None:
    kinds = [name for name, module in model.named_modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    kind = random.choice(list(REPARAMETRISED))
    chosen = random.choice((kinds, ["fc"], [random.choice(kinds)]))
    for name in chosen:
        module = model.get_submodule(name)
        if kind == "a pruned bias" and module.bias is None:
            continue
        REPARAMETRISED[kind](module)
    if kind in ("weight_norm", "the old weight_norm"):  # otherwise nothing has changed yet
        for name, tensor in model.named_parameters():
            if name.endswith(("original0", "weight_g")):
                tensor.mul_(torch.rand(tensor.shape, dtype=tensor.dtype) + 0.5)
    model.double().eval()
    return kind, f"{len(chosen)} modules, {chosen[0]} first", {}


def _moved(model: nn.Module, x: Tensor) -> tuple[str, str, dict[str, str]] | None:
    """Give the tensors of one module, or one tensor, another name: nothing computes otherwise."""
    state = model.state_dict()
    module = random.choice([name.rpartition(".")[0] for name in state])
    within = [name for name in state if name.startswith(module + ".")]
    kind = random.choice(("a module renamed", "a module at the top", "a tensor renamed", "a module in another block"))
    if kind == "a tensor renamed":
        name = random.choice(within)
        return kind, name, {name: f"{module}.{random.choice(('g', 'scale', 'shift', 'kernel', 'mask', 'w2'))}"}
    parent = {
        "a module renamed": module.rpartition(".")[0],
        "a module at the top": "",
        "a module in another block": "layer1.1",
    }[kind]
    word = random.choice(("extra", "second", "unit7", "gate", "proj"))
    new = f"{parent}.{word}" if parent else word
    return kind, f"{module} as {new}", {name: new + name[len(module) :] for name in within}  # fmt: skip


def _headed(model: nn.Module, x: Tensor) -> tuple[str, str, dict[str, str]]:
    """Let a second classifier read the features, whose logits are added."""
    second = nn.Linear(model.fc.in_features, CLASSES, bias=random.random() < 0.5).double()
    name = random.choice(("fc2", "head_dist", "second", "classifier2", "extra"))
    model.add_module(name, second)
    model.fc.register_forward_hook(lambda module, given, out: out + second(given[0]))
    return "a second classifier", f"beside fc as {name}", {}


def _copied(model: nn.Module, x: Tensor) -> tuple[str, str, dict[str, str]]:
    """Put the same network with other values beside its weights; nothing computes with it."""
    name = random.choice(
        ("ema", "model_ema", "ema_model", "teacher", "momentum_encoder", "swa_model", "target", "best")
    )
    model.add_module(name, lively(model.spec))
    return "a copy with other values", f"at the top as {name}", {}


DRAWS = {_added: 12, _reparametrised: 2, _moved: 2, _headed: 1, _copied: 1}  # how often each


def outcome(mutant: Mutant, path: Path) -> Outcome:
    """Save a mutant at `path`, load it, and compare."""
    torch.save(mutant.tensors, path)
    try:
        loaded = residua.load(path, dtype=torch.float64)
        if loaded.spec.shortcut == "A":  # no tensor shows where its zeros are
            loaded = residua.load(path, dtype=torch.float64, change={"shortcut_pad": "end"})
    except ResiduaError as refused:
        message = str(refused).replace(str(path), "FILE")
        foreign = any(name in message for name in mutant.foreign)
        named = foreign or any(f"'{name}'" in message for name in mutant.tensors) or "holds 2 networks" in message
        what = "refused" if foreign else "refused, naming another tensor" if named else "refused without a name"
        return Outcome(mutant.kind, mutant.place, what, named, message)
    with torch.no_grad():
        if loaded.spec.num_classes:
            same = _close(loaded(mutant.x), mutant.logits)
            return Outcome(mutant.kind, mutant.place, "the same logits" if same else "other logits", same)
        features = loaded.embed(mutant.x)
    same = _close(features, mutant.features) or _close(features, mutant.own_features)
    counted = {name for name in mutant.foreign if not name.endswith("num_batches_tracked")}
    listed = counted <= set(residua.inspect(path).ignored)
    return Outcome(mutant.kind, mutant.place, "features" if same else "other features", same and listed)


def _close(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and bool((one - other).abs().max() <= TOLERANCE * other.abs().max())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = [outcome(mutant, Path(folder) / "a.pth") for mutant in mutants(int([*sys.argv, "300"][1]))]
    print(*found, sep="\n")
    print(Counter(("" if one.right else "WRONG ") + one.what for one in found))
