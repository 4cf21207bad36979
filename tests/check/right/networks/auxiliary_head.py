# residua-test: right target=Net
# The auxiliary classifier runs in training alone, and needs a larger image than the network itself.
from torch import nn


class Auxiliary(nn.Module):
    def __init__(self, channels, num_classes):
        super().__init__()
        self.pool = nn.AvgPool2d(5, 3)
        self.conv = nn.Conv2d(channels, 64, 5)
        self.relu = nn.ReLU()
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, num_classes))

    def forward(self, x):
        return self.head(self.relu(self.conv(self.pool(x))))


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU())
        self.auxiliary = Auxiliary(32, num_classes)
        self.tail = nn.Sequential(nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.stem(x)
        logits = self.fc(self.tail(x))
        return (logits, self.auxiliary(x)) if self.training else logits
