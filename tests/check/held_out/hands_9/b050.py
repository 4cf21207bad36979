# residua-test: wrong target=ResEncoder
# What is wrong: The 1x1 convs that match the skip are created inside forward: new random, unregistered weights at every call, never trained
import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Sequential):
    def __init__(self, cin, cout, stride):
        super().__init__(
            nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False),
            nn.BatchNorm2d(cout),
        )


class ResEncoder(nn.Module):
    """encoder with an additional skip around every layer, returns all feature maps"""

    def __init__(self, in_channels=3):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = Layer(64, 64, 1)
        self.layer2 = Layer(64, 128, 2)
        self.layer3 = Layer(128, 256, 2)

    def forward(self, x):
        x0 = F.relu(self.bn1(self.conv1(x)))

        x1 = self.layer1(x0)
        x1 = F.relu(x1 + x0)

        x2 = self.layer2(x1)
        conv2 = nn.Conv2d(64, 128, 1, stride=2).to(x.device)  # expect: R158
        x2 = F.relu(x2 + conv2(x1))

        x3 = self.layer3(x2)
        conv3 = nn.Conv2d(128, 256, 1, stride=2).to(x.device)  # expect: R158
        x3 = F.relu(x3 + conv3(x2))

        return [x3, x2, x1, x0]
