# residua-test: right target=RightGLU1d
import torch.nn as nn
import torch.nn.functional as F


class RightGLU1d(nn.Module):
    def __init__(self, channels, kernel_size=5):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.pw1, self.dw = nn.Conv1d(channels, 2 * channels, 1), nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.bn, self.pw2 = nn.BatchNorm1d(channels), nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = self.norm(x.transpose(1, 2)).transpose(1, 2)
        y = F.glu(self.pw1(y), dim=1)
        y = self.pw2(F.silu(self.bn(self.dw(y))))
        return x + y
