# residua-test: wrong target=Block right=networks/head_after_freezing slow
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(channels, channels, 3, padding=1) for _ in range(2)])
        self._freeze()

    def _freeze(self):
        for _, p in self.named_parameters():
            p.requires_grad_(False)  # expect: R216

    def forward(self, x):
        y = x
        for conv in self.convs:
            y = conv(F.relu(y))
        return x + y
