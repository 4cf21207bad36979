# residua-test: right target=ShrinkUnit
import torch
import torch.nn.functional as F
from torch import nn


class ShrinkUnit(nn.Module):
    """Halves the sides of an even-sided map; the shortcut has no weights."""

    def __init__(self, cin: int, cout: int):
        super().__init__()
        assert 4 * cin % cout == 0
        assert cout % 4 == 0
        self.cout = cout
        self.conv = nn.Conv2d(cin, cout // 4, 3, padding=1)
        self.refine = nn.Conv2d(cout, cout, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        branch = self.refine(F.silu(F.pixel_unshuffle(self.conv(x), 2)))
        rest = F.pixel_unshuffle(x, 2)
        rest = rest.unflatten(1, (self.cout, -1)).mean(dim=2)
        return branch + rest
