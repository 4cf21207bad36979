# residua-test: wrong target=HomeworkResNet
# What is wrong: the second block adds the stale identity of the first block (never updated), so block 1's output is not carried on
import torch
import torch.nn as nn
import torch.nn.functional as F


class HomeworkResNet(nn.Module):
    """CS course assignment 4: two residual blocks on MNIST."""

    def __init__(self, n_class=10):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 16, 3, stride=2, padding=1)
        self.conv11 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn11 = nn.BatchNorm2d(16)
        self.conv12 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn12 = nn.BatchNorm2d(16)
        self.conv21 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn21 = nn.BatchNorm2d(16)
        self.conv22 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn22 = nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, n_class)

    def forward(self, x):
        x = F.relu(self.conv0(x))
        # block 1: y = relu(F(x) + x)
        identity = x  # expect
        x = F.relu(self.bn11(self.conv11(x)))
        x = self.bn12(self.conv12(x))
        x = F.relu(x + identity)
        # block 2: y = relu(F(x) + x)
        y = F.relu(self.bn21(self.conv21(x)))  # expect
        y = self.bn22(self.conv22(y))
        x = F.relu(y + identity)  # expect: R178
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x)
