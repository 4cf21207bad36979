# residua-test: right target=SDBlock
import torch, torch.nn as nn
class SDBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, survival=0.8):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU(),
                               nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.g = nn.Identity() if stride == 1 and in_channels == out_channels else nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
        self.p = survival
    def forward(self, x):
        s = self.g(x)
        if self.training:
            if torch.rand(1).item() < self.p:
                return torch.relu(self.f(x) + s)
            return torch.relu(s)
        return torch.relu(self.f(x) * self.p + s)
