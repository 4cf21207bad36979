# residua-test: wrong target=GatedBlock
import torch.nn as nn


class GatedBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.expand = nn.Conv2d(channels, 2 * channels, 3, padding=1)
        self.back = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        content, gate = self.expand(x).split(x.size(1), 1)
        gated = content * content.sigmoid()  # expect: R174
        return x + self.back(gated)
