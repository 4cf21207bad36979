# residua-test: wrong target=Net right=networks/one_forward
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.c0, self.b0 = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.c1, self.b1 = nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.c2, self.b2 = nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        x = F.relu(self.b0(self.c0(x)))
        y = F.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        x = F.relu(x + y)
        return F.relu(self.fc(x.mean((2, 3))))  # expect: R167
