# residua-test: wrong target=Net
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1).to("cuda:0")  # expect: R190
        self.res = nn.Conv2d(16, 16, 3, padding=1)
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = F.relu(x + self.res(x))
        return self.fc(x.mean((2, 3)))
