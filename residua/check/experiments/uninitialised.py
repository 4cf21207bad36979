"""Which parameters hold whatever was in memory before?"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.utils import deterministic

from residua.check.experiments.again import made_again
from residua.check.run.forward import untouched_world
from residua.check.run.trial import Trial

_FILLS = "fill_uninitialized_memory"  # a property of the module, which torch gives no type


def never_filled(trial: Trial) -> Iterator[tuple[type, str]]:
    """Yield the class and name of parameters of the user's modules that nothing gives a value after their allocation.

    The module is made anew while torch fills what it allocates with NaN.
    """
    own = [each for each in trial.module.modules() if not type(each).__module__.startswith("torch.")]
    if not any(each._parameters for each in own):
        return
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    filling = getattr(deterministic, _FILLS)
    with untouched_world():
        try:
            torch.use_deterministic_algorithms(True, warn_only=True)
            setattr(deterministic, _FILLS, True)
            module = made_again(trial)
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])
            setattr(deterministic, _FILLS, filling)
    seen = set()
    for part in module.modules() if module is not None else ():
        key = type(part)
        if not key.__module__.startswith("torch."):
            for name in _not_a_number(part):
                if (key, name) not in seen:
                    seen.add((key, name))
                    yield key, name


def _not_a_number(part: nn.Module) -> list[str]:
    own = part.named_parameters(recurse=False)
    return [name for name, each in own if each.is_floating_point() and each.numel() and bool(each.isnan().all())]
