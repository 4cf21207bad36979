# residua-test: wrong target=AffineCoupling right=blocks/coupling_affine
import torch
from torch import nn


class AffineCoupling(nn.Module):
    def __init__(self, channels=64, hidden=64):
        super().__init__()
        half = channels // 2
        self.net = nn.Sequential(nn.Conv2d(half, hidden, 3, padding=1), nn.ReLU(), nn.Conv2d(hidden, channels, 1))
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)

    def forward(self, x, reverse=False):
        first, second = x.chunk(2, dim=1)
        log_scale, shift = self.net(first).chunk(2, dim=1)
        scale = torch.exp(torch.tanh(log_scale))
        if reverse:
            second = second / scale - shift  # expect: R186
        else:
            second = second * scale + shift
        return torch.cat([first, second], dim=1)
