"""What happens to a block when some of its optional arguments take other values, or chance its part?"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from residua.check.run.configurations import is_refusal
from residua.check.run.forward import attempt
from residua.check.run.slips import Suspect, is_slip
from residua.check.run.trial import Kind, Trial, failure, measure
from residua.errors import TargetError
from residua.targets import Built, Candidate, Role, construct
from residua.targets.argument_use import keys_looked_up
from residua.targets.depths import depth_for, formula_of
from residua.targets.find import classes_beside
from residua.targets.words import comparators, other_words, source_of

CHANCE = re.compile(r"drop|surviv|keep|death|stoch|(^|_)p(rob)?s?($|_)|prob|^rate$|_rate$", re.I)
KEEPS = re.compile(r"surviv|keep|^p_?l$|retain", re.I)
KEPT, DROPPED = 0.8, 0.2
_MOST = 8
_MOST_PAIRS = 4  # two tests of two options each, as in the down-sampling blocks of score networks
_OF_THE_INPUT = re.compile(
    r"last|first|format|layout|order|causal|debug|verbose|return|export|deploy|check|memory", re.I
)
_ONE_STRIDE = re.compile(r"_stride$|^stride_", re.I)  # of some axes alone; that of all is in every block's trials
_DILATION, KERNEL, _GROUPS = re.compile(r"dilat", re.I), re.compile(r"^k$|kernel|ksize", re.I), re.compile("^groups$")


@dataclass(frozen=True)
class Chance:
    """A block built so that it drops four of five residuals' worth: its arguments, and the trial it belongs to."""

    trial: Trial
    arguments: dict[str, float]
    candidate: Candidate


def option_trials(candidate: Candidate, args: Mapping[str, Any], first: Trial) -> list[Trial]:
    """Probe the block of `first` with optional arguments, one or two, at other values; refusals are left out."""
    found: list[Trial] = []
    classes = list(_other_classes(candidate, args))
    every = [*classes, *variations(candidate, args)]
    single = [changes for changes in every if len(changes) == 1][:_MOST]
    pairs = [changes for changes in every if len(changes) > 1][:_MOST_PAIRS]
    for changes in single + pairs:
        built = rebuilt(candidate, first, changes)
        if built is None or first.signal is None:
            failed = _failed_to_build(candidate, first, changes, "unexpected keyword argument")
            found += [failed] if failed is not None and changes in classes else []
            continue
        outputs, _ = attempt(built.module, first.signal)
        if outputs and not any(_takes_another_path(name, value) for name, value in changes.items()):
            continue
        trial = _changed(first, built, Kind.OPTION, changes)
        if not is_refusal(measure(trial)):
            found.append(trial)
    return found


def network_option_trials(candidate: Candidate, args: Mapping[str, Any], first: Trial) -> list[Trial]:
    """Probe a network at other values of its optional arguments, and return what fails there.

    Words that its own code offers, flags, and widths: a width that is written out beside the argument no longer fits.
    What runs with other units, and a depth that both take, is returned as well, to be counted.
    """
    found: list[Trial] = []
    for changes in itertools.islice(_of_network(candidate, args), _MOST_OF_NETWORK):
        failed = _failed_to_build(candidate, first, changes, _WITHOUT_WEIGHTS) if _is_word(changes) else None
        failed = failed or (_failed_beside_a_flag(candidate, args, first, changes) if _is_word(changes) else None)
        built = rebuilt(candidate, first, changes) if failed is None else None
        if failed is not None:
            found.append(failed)
        elif built is not None and first.signal is not None and not attempt(built.module, first.signal)[0]:
            trial = measure(_changed(first, built, Kind.OPTION, changes))
            of_code = do_not_fit(trial) or names_nothing(candidate, args, trial)
            found += [trial] if not is_refusal(trial) and of_code else []
        elif built is not None:
            found += _with_other_units(candidate, args, first, changes)
    return found


def _with_other_units(
    candidate: Candidate, args: Mapping[str, Any], first: Trial, changes: Mapping[str, Any]
) -> list[Trial]:
    """Return the trial of a network whose depth a formula divides, with its other units: is the formula theirs too?"""
    formula = formula_of(candidate.value)
    named = any(_UNITS.search(name) for name in changes) and not any(
        isinstance(each, type) for each in changes.values()
    )
    if formula is None or formula.tests or not formula.taken or formula.argument in args or not named:
        return []
    options = {**changes, formula.argument: depth_for(candidate.value, formula.argument)}
    built = rebuilt(candidate, first, options)
    trial = measure(_changed(first, built, Kind.OPTION, options)) if built is not None else None
    return [trial] if trial is not None and trial.ran else []


_UNITS = re.compile(r"block|unit|bottle|basic", re.I)


_MOST_OF_NETWORK = 6
_WITHOUT_WEIGHTS = "NoneType|'Identity' object has no attribute 'weight'"
_ABOUT_WEIGHTS = re.compile(r"zero|init", re.I)


def _failed_beside_a_flag(
    candidate: Candidate, args: Mapping[str, Any], first: Trial, word: Mapping[str, Any]
) -> Trial | None:
    """Return the trial of a constructor that fails with a word and a flag for the start of weights, not with one alone.

    The norm of that word has no weights: `zero_init_residual` beside an instance norm.
    """
    for name, parameter in candidate.signature.parameters.items():
        if parameter.default is False and name not in args and _ABOUT_WEIGHTS.search(name):
            alone = all(rebuilt(candidate, first, each) is not None for each in (word, {name: True}))
            failed = _failed_to_build(candidate, first, {**word, name: True}, _WITHOUT_WEIGHTS) if alone else None
            if failed is not None:
                return failed
    return None


def _is_word(changes: Mapping[str, Any]) -> bool:
    return all(isinstance(value, str) for value in changes.values())


def _of_network(candidate: Candidate, args: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    signature, text = candidate.signature, source_of(candidate.value)
    yield from _of_other_depths(candidate, args, text)
    for name, parameter in signature.parameters.items():
        default = parameter.default
        free = name not in args and signature.roles[name] in (Role.OTHER, Role.INNER)
        if not free or default is parameter.empty or default is None:
            continue
        if isinstance(default, str):
            words = [*other_words(text, name, default), *keys_looked_up(candidate.value, text, name)]
            yield from ({name: word} for word in dict.fromkeys(words) if word != default)
        elif isinstance(default, bool) and not _OF_THE_INPUT.search(name):
            yield {name: not default}
        elif type(default) is int and _FACTOR.search(name) and default == 1:
            yield {name: 4}
        elif type(default) is int and _WIDTH.search(name) and not _OF_GIVEN.search(name) and default % 4 == 0 < default:
            yield {name: default // 2}


def _of_other_depths(candidate: Candidate, args: Mapping[str, Any], text: str) -> Iterator[dict[str, Any]]:
    """Yield the other blocks that the file has for a network, and the depths that it looks up in a table."""
    for name, parameter in candidate.signature.parameters.items():
        if name in args:
            continue
        if name in _BLOCKS and (parameter.default is parameter.empty or isinstance(parameter.default, type)):
            kinds = [kind for kind in classes_beside(candidate) if kind is not parameter.default]
            kinds.sort(key=_expansion, reverse=True)
            yield from ({name: kind} for kind in kinds[:1] if _expansion(kind) > 1)
        elif type(parameter.default) is int:
            keys = [key for key in keys_looked_up(candidate.value, text, name, int) if key > parameter.default]
            yield from ({name: key} for key in sorted(keys) if key in (50, min(keys, default=0)))


def _expansion(kind: type) -> int:
    expansion = getattr(kind, "expansion", 1)
    return expansion if type(expansion) is int else 1


_BLOCKS = ("block", "block_type", "resblock", "Block")
_FACTOR = re.compile(r"^widen(_?factor)?$|^width_?(mult|factor)|^k$|^multiplier$", re.I)
_WIDTH = re.compile(
    r"(^|_)(base|width|growth|hidden|mid|inner|first|init|start|stem|nf|ngf|ndf|planes|filters|channels)(_|$)"
    r"|growth|inplanes",
    re.I,
)
# What a caller, or another part, gives has to be as wide as that is.
_OF_GIVEN = re.compile(
    r"^in_|input|image|img|out|class|latent|cond|time|text|context|size|len|patch|group|head|layer|block|depth|stride",
    re.I,
)


def _failed_to_build(candidate: Candidate, first: Trial, changes: Mapping[str, Any], saying: str) -> Trial | None:
    """Return the trial of a constructor that fails, `saying` this, with a word or class that its own code names."""
    if first.built is None:
        return None
    try:
        construct(candidate, {**first.built.arguments, **changes})
    except TargetError:
        raise
    except (AttributeError, TypeError) as error:
        failed = failure("construct", error)
        if re.search(saying, str(error)) and failed.frames:
            return Trial(Kind.OPTION, None, first.signal, failure=failed, module=first.module, options=changes)
    except Exception:  # our guess of an option's value may be wrong
        return None
    return None


def do_not_fit(trial: Trial) -> bool:
    """Tell a sum, or a convolution, that was given what other layers of the target made with other channels.

    The first layer of all reads the input: a flag such as `gray` says what that holds.
    """
    failed, flow = trial.tape.failed, trial.flow
    behind = any(op in flow.weighted for op in flow.ops)
    return behind and failed is not None and (failed.name in _SUMS or "convolution" in failed.name)


def names_nothing(candidate: Candidate, args: Mapping[str, Any], trial: Trial) -> bool:
    """Tell an attribute, or a name, that the file gives to nothing: no value of an option could cure that."""
    error = trial.failure.error if trial.failure is not None else None
    return isinstance(error, (AttributeError, NameError)) and is_slip(Suspect.of(candidate, args, trial))


_SUMS = frozenset({"add", "add_", "cat", "addmm", "mm"})


def chance_of(candidate: Candidate, args: Mapping[str, Any], first: Trial) -> Chance:
    """Return the block of `first` with every probability among its arguments set to a usual value."""
    arguments = chances(candidate, args)
    built = rebuilt(candidate, first, arguments) if arguments else None
    if built is None:
        return Chance(first, {}, candidate)
    return Chance(_changed(first, built, Kind.RANDOM), arguments, candidate)


def _takes_another_path(name: str, value: Any) -> bool:
    """Tell a value that code tests for from a size, which can only make it crash."""
    return isinstance(value, (bool, str)) or bool(CHANCE.search(name))


def _changed(first: Trial, built: Built, kind: Kind, options: Mapping[str, Any] | None = None) -> Trial:
    """Return a trial of another module on the same input; nothing is measured on it yet."""
    return Trial(kind, built, first.signal, dict(first.wanted), module=built.module, brief=True, options=options or {})


def rebuilt(candidate: Candidate, first: Trial, changes: Mapping[str, Any]) -> Built | None:
    """Construct the block of `first` again with some arguments changed; None when the constructor refuses."""
    if first.built is None or not first.built.sites:
        return None
    try:
        return construct(candidate, {**first.built.arguments, **changes})
    except TargetError:
        raise
    except Exception:
        return None


def variations(candidate: Candidate, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield arguments with a usual other value, of the optional ones that are not in `given`.

    One at a time first, then those two together that the code tests together.
    """
    signature = candidate.signature
    free = {name: parameter for name, parameter in signature.parameters.items() if name not in given}
    pads = any("pad" in name.lower() for name in free)
    text = source_of(candidate.value)
    given_shortcut = Role.DOWN in signature.roles.values()  # whose stride the caller chooses
    others: dict[str, list[Any]] = {}
    for name, parameter in free.items():
        if (
            type(parameter.default) is int
            and _ONE_STRIDE.search(name)
            and parameter.default == 1
            and not given_shortcut
        ):
            yield {name: 2}
        if signature.roles[name] is Role.INNER and type(parameter.default) is int and parameter.default % 2 == 0:
            yield {name: parameter.default // 2}
        if signature.roles[name] in (Role.OTHER, Role.PROJECT) and not _is_unguessable(parameter):
            default = 0.0 if parameter.default is parameter.empty else parameter.default
            others[name] = list(_other_values(name, default, pads, text))
            yield from ({name: value} for value in others[name])
    for first, second in _tested_together(text, [name for name, values in others.items() if values]):
        yield from ({first: one, second: two} for one in others[first] for two in others[second])


def _is_unguessable(parameter: inspect.Parameter) -> bool:
    """Tell a required argument, but for a probability, which was guessed as zero."""
    required, free = parameter.default is parameter.empty, parameter.annotation in (parameter.empty, float, "float")
    return required and not (free and CHANCE.search(parameter.name))


def _other_values(name: str, default: Any, pads: bool, text: str) -> Iterator[Any]:
    """Yield other values for one argument. `pads`: the padding is an argument too, so that the kernel may not change.

    text: the source, for the words that the argument is compared with, and for what is computed from it.
    """
    if isinstance(default, bool):
        if not _OF_THE_INPUT.search(name):
            yield not default
    elif isinstance(default, int) and _DILATION.search(name) and not pads:
        yield 2 if default == 1 else 1
    elif isinstance(default, int) and KERNEL.search(name) and not pads and default % 2:
        if default > 1 or computes_with(name, text):  # one pixel needs no padding
            yield 5 if default == 3 else 3
    elif isinstance(default, int) and _GROUPS.search(name):
        yield 4 if default == 1 else 1
    elif type(default) is int and re.search("growth", name, re.I) and default % 2 == 0 < default:
        yield default // 2
    elif CHANCE.search(name) and (default is None or default == (1 if KEEPS.search(name) else 0)):
        yield KEPT if KEEPS.search(name) else DROPPED
    elif isinstance(default, str) or default is None:
        yield from other_words(text, name, default)


def computes_with(name: str, text: str) -> bool:
    """Tell a source that computes something, as a padding, from a kernel's side."""
    return bool(re.search(rf"{name}\s*(//|-|\*)|\*\s*\(?{name}|2\s*\*\s*{name}", text))


def chances(candidate: Candidate, given: Mapping[str, Any]) -> dict[str, float]:
    """Return the arguments that are a probability, each at the value under which four of five residuals are kept."""
    found = {}
    for parameter in candidate.signature.parameters.values():
        small = type(parameter.default) in (int, float) and 0 <= parameter.default <= 1
        if parameter.name in given or not CHANCE.search(parameter.name):
            continue
        if small or (parameter.default is parameter.empty and parameter.annotation in (parameter.empty, float)):
            found[parameter.name] = KEPT if KEEPS.search(parameter.name) else DROPPED
    return found


def _other_classes(candidate: Candidate, args: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the classes that the code compares an argument with whose default is another one: `act == nn.ReLU`."""
    home = getattr(getattr(candidate.value, "__init__", None), "__globals__", {})
    for name, parameter in candidate.signature.parameters.items():
        if isinstance(parameter.default, type) and name not in args:
            for node in comparators(source_of(candidate.value), name):
                value = (
                    home.get(node.id) if isinstance(node, ast.Name) else getattr(nn, getattr(node, "attr", ""), None)
                )
                if isinstance(value, type) and value is not parameter.default:
                    yield {name: value}


def _tested_together(text: str, names: list[str]) -> list[tuple[str, str]]:
    """Return the pairs of arguments, or attributes of their names, that one test names, or a test and one inside it."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    found: list[tuple[str, str]] = []
    todo: list[tuple[ast.AST, frozenset[str]]] = [(tree, frozenset())]
    while todo:
        node, around = todo.pop(0)
        here = around
        if isinstance(node, (ast.If, ast.IfExp)):
            own = {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in ast.walk(node.test)}
            here = around | (own & set(names))
            found += itertools.combinations(sorted(here, key=names.index), 2)
        todo += [(child, here) for child in ast.iter_child_nodes(node)]
    return list(dict.fromkeys(found))
