# residua-test: wrong target=Net
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.c1 = nn.Conv2d(1, 16, 3, padding=1)
        self.c2 = nn.Conv2d(16, 16, 3, padding=1)
        self.fc = nn.Linear(16 * 7 * 7, num_classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = x + F.relu(self.c2(x))
        x = F.max_pool2d(x, 2)
        x = x.reshape(64, 16 * 7 * 7)  # expect: R191
        return self.fc(x)
