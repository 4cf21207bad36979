# residua-test: wrong target=ReversibleBlock
# What is wrong: inverse() computes x1 first with F(y2), but forward used F(x2); x2 must be recovered first, so inverse(forward(x)) is not x.
import torch
import torch.nn as nn


def branch(ch):
    return nn.Sequential(
        nn.BatchNorm2d(ch), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1, bias=False),
        nn.BatchNorm2d(ch), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1, bias=False),
    )


class ReversibleBlock(nn.Module):
    """
    y1 = x1 + F(x2)
    y2 = x2 + G(y1)

    The input can be reconstructed from the output, so that the activations need
    not be stored (3d segmentation does not fit in memory otherwise).
    """

    def __init__(self, channels):
        super().__init__()
        assert channels % 2 == 0
        self.Fm = branch(channels // 2)
        self.Gm = branch(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.Fm(x2)
        y2 = x2 + self.Gm(y1)
        return torch.cat([y1, y2], dim=1)

    @torch.no_grad()
    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x1 = y1 - self.Fm(y2)  # expect: R186
        x2 = y2 - self.Gm(y1)
        return torch.cat([x1, x2], dim=1)
