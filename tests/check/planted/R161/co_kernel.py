# residua-test: wrong target=Net
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, num_classes=3):
        super().__init__()
        self.c1 = nn.Conv2d(3, 8, 3, padding=1)
        self.c2 = nn.Conv2d(8, 8, padding=1)  # expect: R161
        self.fc = nn.Linear(8, num_classes)

    def forward(self, x):
        return self.fc(self.c2(self.c1(x)).mean((2, 3)))
