# residua-test: right target=Net
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, num_classes=4):
        self.width = 8
        super().__init__()
        self.c1 = nn.Conv2d(3, self.width, 3, padding=1)
        self.fc = nn.Linear(8, num_classes)

    def forward(self, x):
        return self.fc(F.relu(self.c1(x)).mean((2, 3)))
