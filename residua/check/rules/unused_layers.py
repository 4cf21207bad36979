"""Does every layer that is made take part?"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import nn

from residua.check.evidence import source
from residua.check.evidence.evidence import Evidence, Hit
from residua.check.evidence.liveness import used_parameters
from residua.check.evidence.places import Place, first_frame
from residua.check.rules.crashes import hits_of
from residua.check.rules.idle_parts import NEVER, idle_parts
from residua.check.rules.rule import Rule
from residua.check.run.trial import Trial
from residua.targets.sites import Site


@partial(
    Rule,
    code="R126",
    severity="error",
    title="a layer is made and never used",
    message="{target}: {name} is made in __init__ and takes no part in forward{when}",
    evidence="{trial}: nothing of it was executed or read{elsewhere}",
    fix="- {code}",
    source="DistributedDataParallel refuses parameters without gradient",
    wrong="self.bn2 = nn.BatchNorm2d(64)      # forward never calls it",
    right="out = self.bn2(self.conv2(out))",
    implies=("R156", "R157"),
)
def r126(evidence: Evidence) -> Iterator[Hit]:
    """A layer is made and never used."""
    yield from hits_of(evidence, "R126")
    if evidence.same is None and len(evidence.finished) < len(evidence.trials):
        return  # what a crash kept from running is not unused
    used_somewhere = {name for trial in evidence.finished for name in used_parameters(trial)}
    reported: set[str] = set()
    for trial in evidence.finished:
        used = used_parameters(trial)
        for path, part in _unused_parts(trial.module, used, reported):
            names = [f"{path}.{name}" if path else name for name, _ in part.named_parameters()]
            in_some = not used_somewhere.isdisjoint(names)
            severity = "warning" if in_some or _is_commented_out(evidence, trial, path) else None
            idle_on_purpose = _has_optional_input(trial.module) or _is_one_of_several(trial.module, path, used)
            if not _matters(part) or idle_on_purpose or _is_of_a_library(trial, part):
                severity = "note"
            place = _called_instead(evidence, trial, path) or _ends_loop(evidence, trial, path)
            place = place or (_making_line(evidence, trial, part, used) if path else None)
            facts = _when_unused(evidence, trial, names) if in_some else NEVER
            yield evidence.hit("R126", place, trial, severity, name=path or ", ".join(names), **facts)
    yield from idle_parts(evidence)


def _called_instead(evidence: Evidence, trial: Trial, path: str) -> Place | None:
    """Return the second line that calls the one part beside an unused one that is called by two lines."""
    owner = path.rpartition(".")[0]
    lines: dict[str, list[Place]] = {}
    for call in trial.tape.calls[1:]:
        parts = next(call.module.parameters(), None) is not None and list(call.module.children())
        if call.path and call.path.rpartition(".")[0] == owner and parts:
            place = first_frame(call.frames, evidence.files)
            if place is not None and place not in lines.setdefault(call.path, []):
                lines[call.path].append(place)
    twice = [places for places in lines.values() if len(places) > 1]
    return twice[0][1] if len(twice) == 1 else None


def _is_commented_out(evidence: Evidence, trial: Trial, path: str) -> bool:
    """Tell a part whose call stands in a comment of its class: its author left it out on purpose, and forgot it."""
    owner, _, name = path.rpartition(".")
    text = source.class_text(evidence.file, type(trial.module.get_submodule(owner)).__name__)
    return bool(re.search(rf"^\s*#.*\bself\.{re.escape(name)}\(", text, re.M))


def _ends_loop(evidence: Evidence, trial: Trial, path: str) -> Place | None:
    """Return what leaves an entry of a list out: a loop's `return` or `break` in its first round, or where it counts.

    That is a loop over a slice of the list, or over a range from another number than zero, which runs other entries.
    """
    holder, _, index = path.rpartition(".")
    if not index.isdigit():
        return None
    owner, _, name = holder.rpartition(".")
    kind = type(trial.module.get_submodule(owner)).__name__
    forward = source.method(evidence.file, kind, "forward")
    loops = [node for node in ast.walk(forward) if isinstance(node, ast.For)] if forward is not None else []
    own = re.compile(rf"self\.{re.escape(name)}\b")
    for loop in loops:
        ends = [each for each in loop.body if isinstance(each, (ast.Return, ast.Break))]
        if ends and index != "0" and own.search(ast.unparse(loop.iter)):
            return evidence.file, ends[0].lineno
    ran = any(call.path.startswith(f"{holder}.") for call in trial.tape.calls)
    narrowed = [loop for loop in loops if own.search(ast.unparse(loop)) and _is_narrowed(loop.iter, own)]
    return (evidence.file, narrowed[0].lineno) if ran and len(narrowed) == 1 else None


def _is_narrowed(iterated: ast.expr, own: re.Pattern[str]) -> bool:
    """Tell `range(1, n)`, and `self.blocks[1:]`, of which some entry is no part."""
    for node in ast.walk(iterated):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "range" and len(node.args) > 1:
            return ast.unparse(node.args[0]) != "0"
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Slice)
            and own.search(ast.unparse(node.value))
        ):
            return True
    return False


def _when_unused(evidence: Evidence, trial: Trial, names: list[str]) -> dict[str, Any]:
    """Say in which configuration a part is idle, and in which it is used: there, and only there, it has a gradient."""
    using = next(each for each in evidence.finished if not used_parameters(each).isdisjoint(names))
    when = f" in the configuration {trial.name!r}, only at {using.name!r}; DistributedDataParallel stops there"
    return {"when": when, "elsewhere": ""}


def _unused_parts(root: nn.Module, used: set[str], reported: set[str]) -> Iterator[tuple[str, nn.Module]]:
    """Yield the outermost parts of which nothing is used, but for those of `reported`, which is kept up to date."""
    for path, module in root.named_modules():
        own = [name for name, parameter in module.named_parameters(recurse=False) if parameter.requires_grad]
        names = {f"{path}.{name}" if path else name for name in own}
        if not names or path in reported or names & used:
            continue
        outer = _outermost_unused(root, path, used)
        if outer not in reported:
            part = root.get_submodule(outer)
            reported.update([outer, *(f"{outer}.{name}" for name, _ in part.named_modules() if name)])
            yield outer, part


def _is_one_of_several(root: nn.Module, path: str, used: set[str]) -> bool:
    """Tell an entry of an `nn.ModuleDict` of which another one runs: which, a key says."""
    parent = path.rpartition(".")[0]
    if not path or not isinstance(root.get_submodule(parent), nn.ModuleDict):
        return False
    return any(name.startswith(f"{parent}." if parent else "") for name in used)


def _outermost_unused(root: nn.Module, path: str, used: set[str]) -> str:
    """Return the path of the outermost module around `path` of which nothing is used."""
    parts = path.split(".")
    for end in range(1, len(parts)):
        outer = ".".join(parts[:end])
        if used.isdisjoint(f"{outer}.{name}" for name, _ in root.get_submodule(outer).named_parameters()):
            return outer
    return path


_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def _matters(part: nn.Module) -> bool:
    """Tell layers with weights, and batch norms, from a lone scale or bias."""
    return any(parameter.dim() > 1 or isinstance(part, _BATCH_NORMS) for parameter in part.parameters())


def _has_optional_input(module: nn.Module) -> bool:
    """A forward with an optional tensor (a time embedding, a mask) may own layers for it alone."""
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(parameter.default is None for parameter in parameters)


def _is_of_a_library(trial: Trial, part: nn.Module) -> bool:
    """Tell a part of what a package made, or what was handed in whole: a network whose features alone are used."""
    sites, built = trial.sites(part), trial.built
    if not sites and built is not None and id(trial.module) in built.sites and part not in trial.module.children():
        return True  # it was made before the module's own constructor began
    return bool(sites) and bool(re.search(r"[/\\](site|dist)-packages[/\\]", sites[0].file))


_NOT_A_HELPER = ("__init__", "<module>", "<listcomp>", "<genexpr>")


def _making_line(evidence: Evidence, trial: Trial, part: nn.Module, used: set[str]) -> Place | None:
    """Return the line that made the unused part; of a helper that made used ones too, the line that called it."""
    made = evidence.made_at(part, trial)
    sites = [site for site in trial.sites(part) if site.file in evidence.files]
    if not sites or sites[0].function in _NOT_A_HELPER or made != sites[0].place:
        return made
    if not _made_others(trial, sites[0], used):
        return made
    return next((site.place for site in sites if site.function == "__init__"), made)


def _made_others(trial: Trial, site: Site, used: set[str]) -> bool:
    """Tell whether a line made another module, or a used part."""
    assert trial.built is not None
    made_here = [sites for sites in trial.built.sites.values() if sites and sites[0].place == site.place]
    parts = dict(trial.module.named_modules())
    owners = {name.rpartition(".")[0] for name in used}
    return len(made_here) > 1 or any(
        each.place == site.place for path in owners for each in trial.sites(parts[path])[:1]
    )
