"""Is this block or network right? Runs the probes and the rules, and words what they found."""

from __future__ import annotations

import inspect
import re
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from residua.check.evidence.evidence import Evidence, Hit, block_calls
from residua.check.report.finding import CheckReport, Finding
from residua.check.rules import RULES
from residua.check.rules.hits import all_hits
from residua.check.rules.root_causes import root_causes, severity_of
from residua.check.run.configurations import network_trial, trials_of
from residua.check.run.forward import untouched_world
from residua.check.run.learning import learn_one_batch
from residua.check.run.options import chance_of, option_trials
from residua.check.run.randomness import many_passes
from residua.check.run.trial import Kind, Trial, failure
from residua.errors import CheckError, TargetError
from residua.targets import Built, Candidate, Role, construct, signature_of
from residua.targets.inputs import starts_with_vector
from residua.targets.roles import names_settings

_CLAIMS = re.compile(r"res(?!p|u?me|et|ult|hap|iz|erv|to|ampl)|bottleneck|block|basic|unit|shortcut|skip", re.I)
_HELPERS = re.compile(
    r"conv_?(bn|norm|block|layer|\dx)|^(bn|norm)|attention$|se_?(layer|block|module)?$|squeeze|upsampl|downsampl|norm|embed|pool|stem|head|"
    r"down_?block|up_?block|transition|dense|plain|vgg|cbam|eca|gate$|discriminator|patch",
    re.I,
)


_NETS = re.compile(r"net(?!work_?block)|generator|discriminator|encoder|decoder|model|backbone|classifier", re.I)


def check_block(module_or_class: Any, *, lang: str = "en", **constructor_args: Any) -> CheckReport:
    """Probe a residual block and return what is wrong with it.

    module_or_class: an nn.Module (a copy is probed) or a class, constructed in several shapes; constructor_args are
    used as given, the others are found by name, annotation and trying.
    Raises CheckError when the class cannot be constructed, TargetError when it is not a module.
    """
    return examine(_candidate(module_or_class), constructor_args, as_network=False, lang=lang)


def check_network(model: Any, *, lang: str = "en", **constructor_args: Any) -> CheckReport:
    """Probe a network (nn.Module, or a class or function that makes one): blocks, stages, stem and head."""
    return examine(_candidate(model), constructor_args, as_network=True, lang=lang)


def assert_residual(block: Any, **constructor_args: Any) -> None:
    """Fail a test, with the findings as its message, when a block has an error; for use inside pytest."""
    report = check_block(block, **constructor_args)
    if report.errors:
        lines = [f"{f.rule} {f.file}:{f.line}: {f.message}" for f in report.errors]
        raise AssertionError("not a residual block\n" + "\n".join(lines))


def _candidate(value: Any) -> Candidate:
    kind = type(value) if isinstance(value, nn.Module) else value
    if not (inspect.isclass(kind) or callable(kind)):
        raise TargetError(f"a {type(value).__name__} is not an nn.Module or a class of them.")
    try:
        file = inspect.getsourcefile(kind) or ""
    except (OSError, TypeError):
        file = ""
    return Candidate(getattr(kind, "__name__", str(kind)), value, file)


def examine(
    candidate: Candidate,
    args: Mapping[str, Any],
    *,
    as_network: bool | None = None,
    lang: str = "en",
    train: bool = False,
) -> CheckReport:
    """Check one candidate; `as_network=None` decides by what it turns out to be. The world is left as it was."""
    start = time.perf_counter()
    with untouched_world(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evidence = gather(candidate, args, as_network)
        if train and evidence.is_network and evidence.finished:
            evidence.one_batch = learn_one_batch(evidence.finished[0])
        findings = tuple(_finding(hit, lang) for hit in root_causes(all_hits(evidence)))
    return CheckReport(candidate.target, evidence.style, findings, time.perf_counter() - start)


def ended_itself(target: str, how: str, lang: str = "en") -> CheckReport:
    """Return the report of a target whose code ended its own process before it could be examined."""
    hit = Hit("R160", None, {"target": target, "error": how, "code": ""})
    return CheckReport(target, "did not run", (replace(_finding(hit, lang), file=target.partition(":")[0]),))


def _finding(hit: Hit, lang: str) -> Finding:
    file, line = hit.place if hit.place else (None, None)
    rule = RULES[hit.rule]
    message, measured, fix = (rule.worded(text, hit.facts, lang) for text in ("message", "evidence", "fix"))
    return Finding(hit.rule, severity_of(hit), message, measured, file, line, fix, rule.source)


def gather(candidate: Candidate, args: Mapping[str, Any], as_network: bool | None) -> Evidence:
    """Construct and run a candidate in all its configurations."""
    network = _looks_like_network(candidate) if as_network is None else as_network
    trials = [_network(candidate, args)] if network else trials_of(candidate, args)
    module = trials[0].module
    evidence = _evidence(candidate, trials, module, network)
    if as_network is None and not network and not any(t.ran for t in trials):
        named = starts_with_vector(module) or _NETS.search(evidence.class_name)
        whole = _network_or_none(candidate, args) if named else None
        if whole is not None:
            return _evidence(candidate, [whole], whole.module, True)
    if as_network is None and not network and _turned_out_network(evidence):
        evidence = _evidence(candidate, trials[:1], module, True)
    if evidence.same is not None and not evidence.is_network:
        evidence.options = option_trials(candidate, args, evidence.same)
        evidence.passes = many_passes(chance_of(candidate, args, evidence.same), evidence.finished)
    return evidence


def worth_checking(candidate: Candidate, beside: list[Candidate]) -> bool:
    """Tell whether a class of a whole file looks like a block or a network: by its name, or by what it adds."""
    kind = candidate.value
    if not inspect.isclass(kind) or not issubclass(kind, nn.Module):
        return True
    if any(c.__module__.startswith("torch.nn.modules") and c not in (nn.Module, nn.Sequential) for c in kind.__mro__):
        return False
    if _CLAIMS.search(kind.__name__) and not _HELPERS.search(kind.__name__):
        return True
    parts = [c.value for c in beside if c.value is not kind]
    return bool(re.search(r"res(?!p|hap|iz)|net", kind.__name__, re.I)) or not parts or _adds(kind)


def _adds(kind: type[nn.Module]) -> bool:
    """Tell whether a class's forward contains an addition."""
    try:
        source = inspect.getsource(kind.forward)
    except (OSError, TypeError):
        return False
    return bool(re.search(r"[^=(,]\s*\+=?\s*[\w(]|\badd_?\(", source))


def _evidence(candidate: Candidate, trials: list[Trial], module: nn.Module, network: bool) -> Evidence:
    kind = candidate.value if inspect.isclass(candidate.value) else type(module)
    file = candidate.file
    try:
        file = inspect.getsourcefile(kind) or file if not kind.__module__.startswith("torch.") else file
    except (OSError, TypeError):
        file = candidate.file
    name = kind.__name__ if not kind.__module__.startswith("torch.") else candidate.name
    is_layer = any(
        c.__module__.startswith("torch.nn.modules") and c not in (nn.Module, nn.Sequential) for c in kind.__mro__
    )
    claims = (
        not is_layer
        and bool(_CLAIMS.search(name))
        and not (_HELPERS.search(name) and not re.search(r"res(?!p)", name, re.I))
    )
    files = frozenset({file, candidate.file})
    claims = claims or not (network or is_layer or _HELPERS.search(name))
    return Evidence(name, file, files, candidate.name, trials, network, claims)


def _network(candidate: Candidate, args: Mapping[str, Any]) -> Trial:
    try:
        fill: dict[Role, Any] = {Role.IN: 3, Role.STRIDE: 1}
        built = construct(candidate, _network_args(candidate, args), fill=fill)
    except (TargetError, CheckError):
        raise
    except Exception as error:
        trial = Trial(Kind.NETWORK)
        trial.failure = failure("construct", error)
        if isinstance(error, TypeError) or not trial.failure.frames or _guessed(candidate, args):
            raise CheckError(
                f"{candidate.target} could not be constructed ({trial.failure.text}); give --args name=value."
            ) from None
        return trial
    return network_trial(built)


def _network_or_none(candidate: Candidate, args: Mapping[str, Any]) -> Trial | None:
    """Probe as a network what did not run as a block: a generator takes a vector, a classifier three channels."""
    try:
        trial = _network(candidate, args)
    except (TargetError, CheckError):
        return None
    return trial if trial.ran and trial.out_shape[1:] != trial.in_shape[1:] else None


def _guessed(candidate: Candidate, args: Mapping[str, Any]) -> bool:
    """Tell whether a required argument had to be guessed: then a failure to construct says nothing."""
    parameters = candidate.signature.parameters.values()
    return any(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in args for p in parameters)


def _network_args(candidate: Candidate, args: Mapping[str, Any]) -> dict[str, Any]:
    """Give a `block` argument the block class of the same module, and depths a short list."""
    chosen = dict(args)
    if isinstance(candidate.value, nn.Module):
        return chosen
    for parameter in candidate.signature.parameters.values():
        name = parameter.name.lower()
        if (
            parameter.default is parameter.empty
            and parameter.name not in chosen
            and name.rstrip("s") in ("block", "block_type", "resblock")
        ):
            block = _block_beside(candidate)
            if block is not None:
                chosen[parameter.name] = block
        if (
            name in ("layers", "num_blocks", "depths", "block_num", "blocks_num", "num_block", "n_blocks")
            and parameter.default is parameter.empty
        ):
            chosen.setdefault(parameter.name, [2, 2, 2, 2])
    return chosen


def _block_beside(candidate: Candidate) -> Any:
    import sys

    module = sys.modules.get(candidate.value.__module__)
    classes = [v for v in vars(module).values() if inspect.isclass(v) and issubclass(v, nn.Module)] if module else []
    fits = [
        c
        for c in classes
        if c is not candidate.value
        and c.__module__ == candidate.value.__module__
        and {Role.IN, Role.OUT} <= set(signature_of(c).roles.values())
    ]
    return fits[0] if fits else None


def _looks_like_network(candidate: Candidate) -> bool:
    """Decide by the constructor, or for an instance by its parts: networks know classes, blocks know channels."""
    value = candidate.value
    if isinstance(value, nn.Module):
        return _is_deep(value)
    names = {name.lower() for name in candidate.signature.parameters}
    if names & {
        "num_classes",
        "n_classes",
        "classes",
        "num_class",
        "nclass",
        "n_class",
        "layers",
        "num_blocks",
        "depths",
        "class_num",
        "n_cls",
        "num_cls",
        "ncls",
        "nb_classes",
        "n_labels",
        "num_labels",
        "out_classes",
        "nclasses",
        "num_outputs_classes",
        "z_dim",
        "latent_size",
    }:
        return True
    if any(names_settings(n) for n in names) and not _NETS.search(candidate.name):
        return False
    found = set(candidate.signature.roles.values())
    return not found & {Role.IN, Role.OUT, Role.BOTH, Role.STRIDE}


def _is_deep(module: nn.Module) -> bool:
    convs = [m for m in module.modules() if isinstance(m, (nn.Conv1d, nn.Conv2d, nn.Conv3d))]
    linear = any(isinstance(m, nn.Linear) for m in module.modules())
    return bool(convs) and (convs[0].in_channels in (1, 3) or (linear and len(convs) > 8))


def _is_deep_part(module: nn.Module) -> bool:
    return sum(p.dim() >= 3 for p in module.parameters()) >= 2


def _turned_out_network(evidence: Evidence) -> bool:
    trial = evidence.trials[0]
    if not trial.ran:
        return False
    flat = len(trial.out_shape) == 2 and len(trial.in_shape) > 3
    kinds = [c for c in trial.tape.calls[1:] if not type(c.module).__module__.startswith("torch.")]
    if sum(_is_deep_part(c.module) for c in kinds) >= 3 and _NETS.search(evidence.class_name):
        return True
    return flat or len(block_calls(trial)) > 3


__all__ = ["Built", "assert_residual", "check_block", "check_network", "examine", "gather"]
