# residua-test: right target=SplitAttention style='post-activation bottleneck'
import torch.nn as nn
import torch.nn.functional as F


class SplitAttention(nn.Module):
    def __init__(self, channels, radix=2):
        super().__init__()
        self.radix, self.channels = radix, channels
        self.conv1 = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
        self.conv2 = nn.Sequential(
            nn.Conv2d(channels, channels * radix, 3, padding=1, groups=radix, bias=False), nn.BatchNorm2d(channels * radix), nn.ReLU()
        )
        self.fc1, self.fc2 = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels * radix, 1)
        self.conv3 = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        b = x.shape[0]
        u = self.conv2(self.conv1(x)).view(b, self.radix, self.channels, *x.shape[2:])
        a = self.fc2(F.relu(self.fc1(u.sum(1).mean((2, 3), keepdim=True))))
        a = F.softmax(a.view(b, self.radix, self.channels, 1, 1), dim=1)
        v = (u * a).sum(1)
        return F.relu(self.conv3(v) + x)
