# residua-test: wrong target=AttResUp args='ch=32'
# What is wrong: psi has one channel and softmax over that channel is always 1, so the attention gate never gates anything.
import torch
import torch.nn as nn
import torch.nn.functional as F


class AttentionGate(nn.Module):
    def __init__(self, F_g, F_l, F_int):
        super().__init__()
        self.W_g = nn.Sequential(nn.Conv2d(F_g, F_int, 1), nn.BatchNorm2d(F_int))
        self.W_x = nn.Sequential(nn.Conv2d(F_l, F_int, 1), nn.BatchNorm2d(F_int))
        self.psi = nn.Sequential(
            nn.Conv2d(F_int, 1, 1),
            nn.BatchNorm2d(1),
            nn.Softmax(dim=1),  # expect: R165
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, g, x):
        a = self.relu(self.W_g(g) + self.W_x(x))
        return x * self.psi(a)


class AttResUp(nn.Module):
    """decoder step of an attention residual U-Net (polyp segmentation)"""

    def __init__(self, ch):
        super().__init__()
        self.gate = AttentionGate(ch, ch, ch // 2)
        self.fuse = nn.Conv2d(2 * ch, ch, 1)
        self.body = nn.Sequential(
            nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch), nn.ReLU(inplace=True),
            nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch))

    def forward(self, x, skip):
        x = F.interpolate(x, scale_factor=2, mode='nearest')
        skip = self.gate(x, skip)
        x = self.fuse(torch.cat([x, skip], dim=1))
        return F.relu(x + self.body(x))
