# residua-test: wrong target=CNN
import torch.nn as nn
import torch.nn.functional as F


class CNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.c0 = nn.Conv2d(3, 32, 3, padding=1)
        self.a1, self.a2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.b1, self.b2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.c1, self.c2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = F.relu(self.c0(x))
        skip = x
        x = F.relu(self.a2(F.relu(self.a1(x))) + skip)
        skip = x
        x = F.relu(self.b2(F.relu(self.b1(x))) + skip)
        x = F.relu(self.c2(F.relu(self.c1(x))) + skip)  # expect: R178
        return self.fc(x.mean((2, 3)))
