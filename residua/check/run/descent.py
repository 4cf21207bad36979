"""Which weights have no gradient at the start, and still none after some steps of gradient descent?"""

from __future__ import annotations

import torch
from torch import nn

from residua.check.run.randomness import rest_dropout
from residua.check.run.trial import Trial, copied, tensors_in
from residua.targets.inputs import draw

STEPS = 6


def dead_for_ever(trial: Trial) -> tuple[str, ...]:
    """Return the parameters whose gradient is exactly zero at every step; none when no weight is among them.

    A residual that starts at zero by one factor wakes up in the second step; one of two zero factors never does.
    """
    if not trial.at_zero or trial.signal is None:
        return ()
    own = copied(trial.module)
    rest_dropout(own.train())
    dead: set[str] | None = None
    for step in range(STEPS):
        try:
            still = _without_gradient(own, trial, step)
        except Exception:  # the steps are ours, and so is what they break
            return ()
        if dead is not None and not dead & still:
            return ()
        dead = still if dead is None else dead & still
        if not any(p.dim() > 1 for n, p in own.named_parameters() if n in dead):
            return ()
    return tuple(sorted(dead or ()))


def _without_gradient(module: nn.Module, trial: Trial, seed: int) -> set[str]:
    """Do one step of descent on a random linear function of the output; return the parameters that it leaves."""
    assert trial.signal is not None
    generator = torch.Generator().manual_seed(seed)
    outputs = [t for t in tensors_in(module(*draw(module, trial.signal, seed))) if t.requires_grad]
    module.zero_grad(set_to_none=True)
    torch.stack([(t * torch.randn(t.shape, generator=generator)).sum() for t in outputs]).sum().backward()
    found = set()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.grad is None:
                continue
            largest = float(parameter.grad.abs().max())
            if largest == 0:
                found.add(name)
            else:
                parameter.sub_(parameter.grad, alpha=0.05 / largest)
    return found
