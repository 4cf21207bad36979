# residua-test: wrong target=Net right=networks/width_used
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1)
        self.skip = nn.Conv2d(cin, cout, 1, stride) if stride != 1 or cin != cout else nn.Identity()

    def forward(self, x):
        return torch.relu(self.skip(x) + self.conv2(torch.relu(self.conv1(x))))


class Net(nn.Module):
    def __init__(self, base_width=32, num_classes=10):
        super().__init__()
        width = 32  # expect: R154
        self.stem = nn.Conv2d(3, base_width, 3, padding=1)
        self.layer1 = Block(width, base_width, 1)
        self.layer2 = Block(base_width, 2 * base_width, 2)
        self.head = nn.Linear(2 * base_width, num_classes)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        return self.head(x.mean((2, 3)))
