# residua-test: right target=ECABottle
import torch.nn as nn
class ECABottle(nn.Module):
    expansion = 4
    def __init__(self, in_channels, width, stride=1, k=3):
        super().__init__()
        out = width * self.expansion
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, out, 1, bias=False), nn.BatchNorm2d(out))
        self.eca = nn.Conv1d(1, 1, k, padding=k // 2, bias=False)
        self.down = nn.Sequential(nn.Conv2d(in_channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)) if stride != 1 or in_channels != out else None
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        y = self.body(x)
        g = y.mean((2, 3)).unsqueeze(1)
        g = self.eca(g).sigmoid().transpose(1, 2).unsqueeze(-1)
        y = y * g
        return self.relu(y + (x if self.down is None else self.down(x)))
