# residua-test: wrong target=SEResBlock
# What is wrong: subclass forward computes SE weight but drops it
import torch, torch.nn as nn, torch.nn.functional as F

class _Base(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.skip = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.skip = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
    def residual(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))

class SEResBlock(_Base):
    def __init__(self, in_channels, out_channels, stride=1, r=16):
        super().__init__(in_channels, out_channels, stride)
        m = max(out_channels // r, 4)
        self.fc1 = nn.Linear(out_channels, m)  # expect
        self.fc2 = nn.Linear(m, out_channels)  # expect
    def forward(self, x):
        r = self.residual(x)
        w = r.mean(dim=(2, 3))
        w = torch.sigmoid(self.fc2(F.relu(self.fc1(w))))  # expect
        r * w[:, :, None, None]  # expect: R155
        return F.relu(r + self.skip(x))
