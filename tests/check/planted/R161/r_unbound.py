# residua-test: wrong target=Net
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, num_classes=10, stride=1):
        super().__init__()
        self.c1 = nn.Conv2d(3, 32, 3, padding=1)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = F.relu(self.c1(x))
        if self.training and x.size(1) == 3:
            res = x
        x = x + res  # expect: R161
        return self.fc(x.mean((2, 3)))
