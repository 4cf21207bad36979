# residua-test: wrong target=SK
import torch.nn as nn
import torch.nn.functional as F


class SK(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(channels, channels, 5, padding=2), nn.BatchNorm2d(channels), nn.ReLU())
        self.fc = nn.Linear(channels, 2 * channels)

    def forward(self, x):
        u, v = self.a(x), self.b(x)
        w = self.fc((u + v).mean((2, 3))).view(x.size(0), 2, -1)
        w = F.softmax(w, dim=-1)  # expect: R165
        y = u * w[:, 0, :, None, None] + v * w[:, 1, :, None, None]  # expect
        return F.relu(x + y)
