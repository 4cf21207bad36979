# residua-test: right target=Net
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.c1 = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.c2 = nn.Sequential(nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32))
        self.fc = nn.Linear(32 * 16, num_classes)

    def forward(self, x):
        x = self.c1(x)
        x = F.relu(x + self.c2(x))
        x = F.adaptive_avg_pool2d(x, 4)
        return self.fc(x.view(x.size(0), 512))
