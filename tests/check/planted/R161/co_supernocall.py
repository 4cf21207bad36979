# residua-test: wrong target=Net
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, in_channels=3, num_classes=4):
        super().__init__
        self.c1 = nn.Conv2d(in_channels, 8, 3, padding=1)  # expect: R161
        self.fc = nn.Linear(8, num_classes)

    def forward(self, x):
        return self.fc(self.c1(x).mean((2, 3)))
