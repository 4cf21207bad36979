"""How is a size that was measured said: by the argument that asked for it, and as a part of the input's side?"""

from __future__ import annotations

from typing import Any

from residua.check.run.trial import Kind, Trial

SIZED = ("R110", "R111", "R114", "R115", "R120", "R154", "R184")  # rules whose sizes are those of the block's paths
_SIZES = ("got", "expected", "shortcut", "residual", "small", "large")
_LEAST = 8  # smaller numbers are kernels, strides and groups by chance


def by_name(facts: dict[str, Any], trial: Trial | None) -> dict[str, Any]:
    """Return facts whose sizes are said with their names; a number that two arguments have stays a number."""
    if trial is None or trial.built is None or trial.kind in (Kind.NETWORK, Kind.AS_GIVEN):
        return facts
    return {name: _said(value, trial) if name in _SIZES else value for name, value in facts.items()}


def _said(value: Any, trial: Trial) -> Any:
    if type(value) is int:
        named = _argument(value, trial)
        return f"{value} ({named})" if named else value
    if isinstance(value, tuple) and len(value) > 2 and all(type(each) is int for each in value):
        axes = "HW" if len(value) == 4 else "L" if len(value) == 3 else "DHW"
        sides = [_side(side, own, axis) for side, own, axis in zip(value[2:], trial.in_shape[2:], axes, strict=False)]
        if len(sides) == len(value) - 2 and value[0] == trial.in_shape[0]:
            words = ", ".join(["N", _argument(value[1], trial) or str(value[1]), *sides])
            return f"({words}) = {value}"
    return value


def _argument(number: int, trial: Trial) -> str:
    """Return the one argument of the constructor that has this value; empty when none or several have."""
    assert trial.built is not None
    names = [name for name, value in trial.built.arguments.items() if type(value) is int and value == number]
    return f"<{names[0]}>" if len(names) == 1 and number >= _LEAST else ""


def _side(side: int, own: int, axis: str) -> str:
    """Say a side as a part of the input's: H, H/2, ⌈H/2⌉, ⌊H/2⌋, H−2, …; a number where it is none."""
    for part in (1, 2, 4, 8) if side > 1 else ():
        whole = axis if part == 1 else f"{axis}/{part}"
        if side * part == own:
            return whole
        if side == -(-own // part):
            return f"⌈{whole}⌉"
        if side == own // part:
            return f"⌊{whole}⌋"
    near = side - own
    return f"{axis}{'+' if near > 0 else '−'}{abs(near)}" if 0 < abs(near) <= 4 else str(side)
