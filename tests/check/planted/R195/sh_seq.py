# residua-test: wrong target=Net
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, in_channels=1, num_classes=10):
        super().__init__()
        act = nn.PReLU(32)  # expect: R195
        self.stem = nn.Conv2d(in_channels, 32, 3, padding=1)
        self.body = nn.Sequential(nn.Conv2d(32, 32, 3, padding=1), act, nn.Conv2d(32, 32, 3, padding=1), act)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = self.stem(x)
        return self.fc((x + self.body(x)).mean((2, 3)))
