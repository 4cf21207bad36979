# residua-test: right target=ResBlock
import torch.nn as nn


def activation(kind):
    if kind == "linear":
        return nn.LeakyReLU(1.0)
    return nn.LeakyReLU(0.2)


class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.InstanceNorm2d(channels, affine=True),
            activation("leaky"), nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.InstanceNorm2d(channels, affine=True), activation("linear"))

    def forward(self, x):
        return x + self.body(x)
