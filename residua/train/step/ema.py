"""How do the weights' running mean follow the weights?"""

from __future__ import annotations

import copy

import torch

from residua.nn import ResNet


class RunningMean:
    """The exponential moving average of a network's weights and statistics (Polyak 1992; Tarvainen 2017).

    After t steps the decay is min(decay, (1 + t)/(10 + t)), so that the first weights, which are noise, fade at once.
    """

    def __init__(self, model: ResNet, decay: float) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def follow(self, model: ResNet, steps: int) -> None:
        """Move towards `model`, which has taken `steps` steps."""
        weight = 1 - min(self.decay, (1 + steps) / (10 + steps))
        own, theirs = self.model.state_dict().values(), model.state_dict().values()
        pairs = list(zip(own, theirs, strict=True))
        floating = [pair for pair in pairs if pair[0].is_floating_point()]
        torch._foreach_lerp_([mine for mine, _ in floating], [new for _, new in floating], weight)
        for mine, new in pairs:
            if not mine.is_floating_point():
                mine.copy_(new)
