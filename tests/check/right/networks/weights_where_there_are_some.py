# residua-test: right target=Net
import torch
import torch.nn as nn
from functools import partial


class Unit(nn.Module):
    def __init__(self, cin, cout, norm, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.n1 = norm(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.n2 = norm(cout)
        self.down = None
        if stride != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), norm(cout))

    def forward(self, x):
        y = torch.relu(self.n1(self.conv1(x)))
        y = self.n2(self.conv2(y))
        return torch.relu(y + (x if self.down is None else self.down(x)))


class Net(nn.Module):
    def __init__(self, num_classes=10, norm='bn', zero_init_residual=False):
        super().__init__()
        norm = {'bn': nn.BatchNorm2d, 'in': nn.InstanceNorm2d}[norm]
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), norm(16), nn.ReLU())
        self.body = nn.Sequential(Unit(16, 16, norm), Unit(16, 32, norm, 2), Unit(32, 64, norm, 2))
        self.fc = nn.Linear(64, num_classes)
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, Unit):
                    if m.n2.weight is not None:
                        nn.init.zeros_(m.n2.weight)

    def forward(self, x):
        return self.fc(self.body(self.stem(x)).mean((2, 3)))
