# residua-test: wrong target=Trunk
# What is wrong: only the last of the residual blocks has effect
import torch
import torch.nn as nn
class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.b1, self.b2 = nn.BatchNorm2d(c), nn.BatchNorm2d(c)
    def forward(self, x):
        return torch.relu(x + self.b2(self.c2(torch.relu(self.b1(self.c1(x))))))
class Trunk(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.blocks = nn.ModuleList(Res(32) for _ in range(4))
        self.fc = nn.Linear(32, num_classes)
    def forward(self, x):
        x = self.stem(x)
        for blk in self.blocks:
            out = blk(x)  # expect: R155
        return self.fc(out.mean((2, 3)))
