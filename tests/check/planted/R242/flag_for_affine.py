# residua-test: wrong target=ResidualBlock
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        layers = []
        for last in (False, True):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3)]
            layers += [nn.InstanceNorm2d(channels, True)]  # expect: R242
            layers += [] if last else [nn.ReLU(True)]
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.body(x)
