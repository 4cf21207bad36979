# residua-test: right target=UpBlock
import torch.nn as nn
import torch.nn.functional as F


class UpBlock(nn.Module):
    """The learned shortcut stands whether the map is resized or not."""

    def __init__(self, fan_in, fan_out, upsample=True):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2) if upsample else nn.Identity()
        self.c1 = nn.Conv2d(fan_in, fan_out, 3, padding=1)
        self.c2 = nn.Conv2d(fan_out, fan_out, 3, padding=1)
        self.sc = nn.Conv2d(fan_in, fan_out, 1, bias=False)

    def forward(self, x):
        h = self.c2(F.leaky_relu(self.c1(self.up(F.leaky_relu(x, 0.2))), 0.2))
        return h + self.up(self.sc(x))
