"""Do two paths of a network or block still meet where the sides of a map are odd, or differ?"""

from __future__ import annotations

import math
from dataclasses import replace

from residua.check.evidence.flow import ADDS
from residua.check.run.configurations import is_refusal
from residua.check.run.forward import attempt
from residua.check.run.trial import Kind, Trial, measure
from residua.targets.inputs import Signal, reads_sequences

_MEETING = ADDS | {"cat", "mul", "mul_", "stack", "where", "maximum"}
# Primes, whose halves are odd again soon: 61, 31, 16 by the ceiling and 61, 30, 15, 7 by the floor.
_PRIMES = (5, 7, 11, 13, 23, 31, 61, 127, 223, 251, 383, 509)


def uneven_trial(trial: Trial) -> Trial | None:
    """Return the trial of the same module on a map of two prime sides, where two of its values do not meet there.

    None where it runs, where it refuses such sides itself, and where something else fails: a network made for one size
    is right.
    """
    signal = trial.signal
    if signal is None or signal.axes < 1 or signal.given or signal.side < 8 or reads_sequences(trial.module):
        return None
    smaller = [side for side in _PRIMES if side < signal.side]
    pair = (smaller[-1], smaller[-2] if signal.axes > 1 and smaller[-1] < 16 else smaller[-1])
    other = replace(signal, side=pair[0], stretch=pair[1] - pair[0])
    if _one_runs(trial, other):
        # what pads or crops at odd sides may take one axis for the other: only one of them is odd now
        other = replace(signal, side=signal.side, stretch=pair[1] - signal.side)
        if signal.axes != 2 or _one_runs(trial, other):
            return None
    found = measure(Trial(Kind.ODD, trial.built, other, dict(trial.wanted), module=trial.module, brief=True))
    if found.ran or is_refusal(found) or not do_not_meet(found):
        return None
    return found if _one_runs(trial, replace(signal, side=2 * signal.side)) else None


def _one_runs(trial: Trial, signal: Signal) -> bool:
    """Tell whether one image of another size runs, as whole batches take as many times as long; or the code's batch."""
    return bool(attempt(trial.module, signal if trial.batch else replace(signal, batch=1))[0])


def oblong_trial(trial: Trial) -> Trial | None:
    """Return the trial of the same module on a map twice as wide as high, where it fails there, or turns the map.

    None where a square as large as the longer side fails too: what was made for one size knows no other.
    """
    signal = trial.signal
    if signal is None or signal.axes != 2 or signal.given or signal.side < 2 or reads_sequences(trial.module):
        return None
    other = replace(signal, stretch=signal.side)
    outputs = attempt(trial.module, other if trial.batch else replace(other, batch=1))[0]
    turned = [each for each in outputs if each.dim() == 4 and tuple(each.shape[2:]) == other.shape[:1:-1]]
    if (outputs and not turned) or not _one_runs(trial, replace(signal, side=2 * signal.side)):
        return None
    found = measure(Trial(Kind.ODD, trial.built, other, dict(trial.wanted), module=trial.module, brief=True))
    return found if not is_refusal(found) else None


def do_not_meet(trial: Trial) -> bool:
    """Tell whether what failed brought two maps of the input together whose sides differ."""
    failed = trial.tape.failed
    if failed is None or failed.name not in _MEETING:
        return False
    maps = [trial.tape.shape[value] for value in failed.inputs if value in trial.flow.from_input]
    sides = {shape[2:] for shape in maps if len(shape) > 2 and math.prod(shape[2:]) > 1}
    return len(sides) > 1


def are_swapped(trial: Trial) -> bool:
    """Tell whether one of two values that do not meet has the sides of the other in the reverse order."""
    failed = trial.tape.failed
    sides = [trial.tape.shape[value][2:] for value in failed.inputs] if failed is not None else []
    return len(sides) > 1 and sides[0] != sides[1] and sides[0] == sides[1][::-1]
