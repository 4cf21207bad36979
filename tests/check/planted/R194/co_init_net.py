# residua-test: wrong target=Wide
import torch.nn as nn


class Block(nn.Module):
    def _init_(self, cin, cout):  # expect: R194
        super(Block, self).__init__()
        self.c = nn.Conv2d(cin, cout, 3, padding=1)

    def forward(self, x):
        return x + self.c(x)


class Wide(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.b1 = Block(16, 16)
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        return self.fc(self.b1(self.stem(x)).mean((2, 3)))
