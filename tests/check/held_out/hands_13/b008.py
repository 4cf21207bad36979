# residua-test: wrong target=ReversibleBlock
# What is wrong: The inverse subtracts F(y2) instead of F(x2), so it does not give the input back.
import torch
import torch.nn as nn


def subnet(ch):
    return nn.Sequential(
        nn.GroupNorm(4, ch), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1),
        nn.GroupNorm(4, ch), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1),
    )


class ReversibleBlock(nn.Module):
    '''
    Additive coupling (RevNet)

        y1 = x1 + F(x2)
        y2 = x2 + G(y1)

    inverse() gives the input back from the output so the activations
    don't have to be kept for the backward.
    '''

    def __init__(self, channels=32):
        super().__init__()
        assert channels % 2 == 0
        self.Fm = subnet(channels // 2)
        self.Gm = subnet(channels // 2)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.Fm(x2)
        y2 = x2 + self.Gm(y1)
        return torch.cat([y1, y2], dim=1)

    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x2 = y2 - self.Gm(y1)
        x1 = y1 - self.Fm(y2)  # expect: R186
        return torch.cat([x1, x2], dim=1)
