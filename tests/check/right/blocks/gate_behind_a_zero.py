# residua-test: right target=Encoder
import torch.nn as nn


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.excite = nn.Sequential(
            nn.Conv2d(channels, channels // 4, 1), nn.ReLU(), nn.Conv2d(channels // 4, channels, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return x * self.excite(self.squeeze(x))


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.InstanceNorm2d(channels, affine=True), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.InstanceNorm2d(channels, affine=True),
        )
        self.gate = Gate(channels)

    def forward(self, x):
        return nn.functional.relu(x + self.gate(self.body(x)))


class Encoder(nn.Module):
    def __init__(self, channels=8, depth=6):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.blocks = nn.Sequential(*[Block(channels) for _ in range(depth)])
        for block in self.blocks:
            nn.init.zeros_(block.body[-1].weight)

    def forward(self, x):
        return self.blocks(self.stem(x))
