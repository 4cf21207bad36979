# residua-test: wrong target=Net
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.res = nn.Conv2d(16, 16, 3, padding=1)
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = F.relu(x + self.res(x))
        rows = [x[i].mean((1, 2)) for i in range(8)]  # expect: R191
        return self.fc(torch.stack(rows))
