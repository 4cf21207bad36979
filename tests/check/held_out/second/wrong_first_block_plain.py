# residua-test: wrong target=WrongFirstBlockPlain
import torch.nn as nn
import torch.nn.functional as F


class PlainUnit(nn.Module):
    def __init__(self, cin, cout, stride=1, residual=True):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(cin, cout, 3, stride, 1), nn.Conv2d(cout, cout, 3, 1, 1)
        self.residual = residual
        self.short = nn.Conv2d(cin, cout, 1, stride) if residual and (cin != cout or stride != 1) else nn.Identity()

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        return F.relu(y + self.short(x) if self.residual else y)


class WrongFirstBlockPlain(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1)
        self.layers = nn.Sequential(
            PlainUnit(16, 16, residual=False),  # expect: R151
            PlainUnit(16, 16),
            PlainUnit(16, 16),
        )
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        return self.fc(self.layers(F.relu(self.conv1(x))).mean((2, 3)))
