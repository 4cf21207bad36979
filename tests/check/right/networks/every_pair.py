# residua-test: right target=OneForward
import torch.nn.functional as F
from torch import nn


class OneForward(nn.Module):
    def __init__(self, num_classes=10, width=24):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.convs = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(6)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(7)])
        self.fc = nn.Linear(width, num_classes)

    def pair(self, x, index):
        x = F.relu(self.norms[index](self.convs[index](x)))
        return self.norms[index + 1](self.convs[index + 1](x))

    def forward(self, x):
        x = F.relu(self.norms[6](self.stem(x)))
        x = F.relu(x + self.pair(x, 0))
        x = F.max_pool2d(x, 2)
        x = F.relu(x + self.pair(x, 2))
        x = F.relu(x + self.pair(x, 4))
        return self.fc(x.mean((2, 3)))
