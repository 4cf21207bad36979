# residua-test: wrong target=Net
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, stride, 1)
        self.short = nn.Conv2d(cin, cout, 1, stride)

    def forward(self, x):
        return F.relu(self.conv(x) + self.short(x))


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.b1 = Block(16, 32)  # expect: R161
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        return self.fc(self.b1(self.stem(x)).mean((2, 3)))
