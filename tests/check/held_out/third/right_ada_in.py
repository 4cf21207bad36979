# residua-test: right target=RightAdaIN
import torch.nn.functional as F
from torch import nn


class RightAdaIN(nn.Module):
    def __init__(self, dim_in, dim_out, style_dim=64):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(dim_in, dim_out, 3, 1, 1), nn.Conv2d(dim_out, dim_out, 3, 1, 1)
        self.fc = nn.Linear(style_dim, dim_in * 2)
        self.norm = nn.InstanceNorm2d(dim_in)
        self.conv1x1 = nn.Conv2d(dim_in, dim_out, 1, bias=False) if dim_in != dim_out else None

    def forward(self, x, s):
        gamma, beta = self.fc(s)[:, :, None, None].chunk(2, 1)
        h = self.conv2(F.leaky_relu(self.conv1(F.leaky_relu((1 + gamma) * self.norm(x) + beta, 0.2)), 0.2))
        if self.conv1x1 is not None:
            x = self.conv1x1(x)
        return (h + x) / 2**0.5
