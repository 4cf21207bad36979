"""Does a file with its fix made compute what its correction computes?

`corrections/SET.txt` holds the corrections of the wrong files of `held_out/SET/`, made from what each file says of its
own mistake, before any fix was seen: the name of a file, then the lines that go (`-`) and those that come in their
place (`+`; `<` one step further to the left). What goes stands once in the file; marks and indentation do not count.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from residua.check.examine import gather
from residua.check.run.forward import attempt
from residua.check.run.options import rebuilt, variations
from residua.check.run.trial import Kind, Trial
from residua.record.recorder import as_tensors
from residua.targets import Candidate, find
from residua.targets.construct import construct
from residua.targets.given import named, parse_arguments
from residua.targets.inputs import draw
from tests.check.cases import HERE, MARK, Case, read

FOLDER = HERE / "corrections"
EQUAL, OTHER_DESIGN = "equal", "other design"


@cache
def corrections(name: str) -> Mapping[str, list[str]]:
    """Return the rows of a set's corrections, by file; none of a set for which nobody has written any."""
    found: dict[str, list[str]] = {}
    path = FOLDER / f"{name}.txt"
    for row in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        if row[:2] in ("- ", "+ ", "< "):
            found[list(found)[-1]].append(row)
        else:
            found[row] = []
    return found


def corrected(case: Case) -> str | None:
    """Return the whole text of a case's right twin: the file that it names, or itself with its correction made."""
    if case.right:
        return (HERE / "right" / f"{case.right}.py").read_text(encoding="utf-8")
    folder = case.path.parent
    if folder.parent.name != "held_out" or case.path.stem not in corrections(folder.name):
        return None
    rows = case.path.read_text(encoding="utf-8").split("\n")
    for gone, come in _groups(corrections(folder.name)[case.path.stem]):
        plain = [MARK.sub("", row).strip() for row in rows]
        places = [at for at in range(len(rows)) if plain[at : at + len(gone)] == gone]
        assert len(places) == 1, f"{case}: {gone} stands {len(places)} times in the file"
        first = places[0]
        indent = len(rows[first]) - len(rows[first].lstrip())
        step = 2 if rows[first].startswith("  ") and indent % 4 else 4
        rows[first : first + len(gone)] = [" " * (indent - step * (row[0] == "<")) + row[2:] for row in come]
    return "\n".join(rows)


def _groups(rows: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    gone: list[str] = []
    come: list[str] = []
    for row in rows:
        if row[0] == "-" and come:
            yield gone, come
            gone, come = [], []
        gone, come = ([*gone, row[2:].strip()], come) if row[0] == "-" else (gone, [*come, row])
    yield gone, come


def compared(case: Case, *texts: str) -> list[str]:
    """Tell how a file with each other text compares with its correction: EQUAL, OTHER_DESIGN, or in what they differ.

    Both are constructed with the same arguments in every configuration that the correction runs in, get the same
    parameters, by name or else in their order, and the same inputs in float64. Results, gradients, the input
    afterwards, and which parameters start as constants must agree, in train and in eval mode.
    """
    right = corrected(case)
    assert right is not None, f"{case} has no correction"
    name = read(HERE / "right" / f"{case.right}.py").target if case.right else case.target
    with tempfile.TemporaryDirectory() as folder:
        theirs = _candidate(Path(folder, "right.py"), right, name)
        trials = list(_configurations(theirs, named(parse_arguments(case.args), theirs.value)))
        assert trials, f"{case}: its correction does not run"
        others = [_candidate(Path(folder, f"other{at}.py"), text, case.target) for at, text in enumerate(texts)]
        return [_in_all_configurations(mine, theirs, trials) for mine in others]


def _candidate(path: Path, text: str, name: str) -> Candidate:
    path.write_text(text, encoding="utf-8")
    (found,) = find(f"{path}:{name}")
    return found


def _configurations(candidate: Candidate, args: Mapping[str, Any]) -> Iterator[Trial]:
    """Yield the trials of a file that run, and each of its optional arguments at another value where that runs too."""
    finished = gather(candidate, args, None).finished
    yield from (trial for trial in finished if trial.built is not None)
    signal = finished[0].signal if finished else None
    for options in variations(candidate, args) if signal is not None else ():
        built = rebuilt(candidate, finished[0], options)
        if built is not None and signal is not None and attempt(built.module, signal)[0]:
            yield Trial(Kind.OPTION, built, signal, options=options)


def _in_all_configurations(mine: Candidate, theirs: Candidate, trials: list[Trial]) -> str:
    answers = (_in_one_configuration(mine, theirs, trial) for trial in trials)
    return next((answer for answer in answers if answer != EQUAL), EQUAL)


def _in_one_configuration(mine: Candidate, theirs: Candidate, trial: Trial) -> str:
    try:
        ours, right = (_constructed(each, trial) for each in (mine, theirs))
        pairs = _paired(ours, right)
        if pairs is None:
            return OTHER_DESIGN
        if any(_constant(one) != _constant(other) for one, other in pairs):
            return f"{trial.name}: other parameters start as constants"
        _randomise(pairs)
        for mode in (True, False):
            found = _outcome(ours.train(mode), trial, [one for one, _ in pairs])
            wanted = _outcome(right.train(mode), trial, [other for _, other in pairs])
            wrong = [what for (what, one), (_, other) in zip(found, wanted, strict=True) if not _close(one, other)]
            if wrong:
                return f"{trial.name}, {'train' if mode else 'eval'} mode: other {wrong[0]}"
    except Exception as error:
        return f"{trial.name}: {type(error).__name__}: {error}"
    return EQUAL


def _constructed(candidate: Candidate, trial: Trial) -> nn.Module:
    assert trial.built is not None
    torch.manual_seed(0)
    return construct(candidate, copy.deepcopy(trial.built.arguments)).module.double()


def _paired(ours: nn.Module, right: nn.Module) -> list[tuple[nn.Parameter, nn.Parameter]] | None:
    """Return the parameters of both side by side, by name or else in their order; None where their shapes differ."""
    mine, theirs = dict(ours.named_parameters()), dict(right.named_parameters())
    names = theirs if mine.keys() == theirs.keys() else mine
    pairs = list(zip((mine[name] for name in names), theirs.values(), strict=False))
    same = len(mine) == len(theirs) and all(one.shape == other.shape for one, other in pairs)
    return pairs if same else None


def _constant(parameter: Tensor) -> float | None:
    """Return the value that all entries of a parameter have; None where they differ."""
    first: float = parameter.detach().flatten()[0].item()
    return first if bool((parameter == first).all()) else None


def _randomise(pairs: list[tuple[nn.Parameter, nn.Parameter]]) -> None:
    """Give both of each pair the same random values: what starts at zero or one would hide a difference."""
    torch.manual_seed(1)
    with torch.no_grad():
        for one, other in pairs:
            kernel = other.dim() > 1
            other.copy_(torch.randn_like(other) / other[0].numel() ** 0.5 if kernel else torch.rand_like(other) + 0.5)
            one.copy_(other)


def _outcome(module: nn.Module, trial: Trial, parameters: list[nn.Parameter]) -> list[tuple[str, Tensor | None]]:
    assert trial.signal is not None
    torch.manual_seed(2)
    given = [each.double() if each.is_floating_point() else each for each in draw(module, trial.signal)]
    leaves = [each.clone().requires_grad_(each.is_floating_point()) for each in given]
    entered = [leaf * 1 if leaf.requires_grad else leaf for leaf in leaves]
    torch.manual_seed(3)
    results = as_tensors(module(*entered))
    found: list[tuple[str, Tensor | None]] = [("result", each.detach()) for each in results]
    found += [("value of an input afterwards", each.detach()) for each in entered]
    module.zero_grad(set_to_none=True)
    learned = [each for each in results if each.requires_grad]
    weights = [torch.linspace(0.5, 1.5, each.numel()).to(each).view_as(each) for each in learned]
    if learned:
        torch.autograd.backward(learned, weights)
    found += [("gradient of an input", each.grad) for each in leaves]
    return found + [("gradient of a parameter", each.grad) for each in parameters]


def _close(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and bool(torch.allclose(one, other, rtol=1e-8, atol=1e-9))
