# residua-test: wrong target=Translator
import torch.nn as nn


def unit(width, active):
    layers = [
        nn.ReflectionPad2d(1),
        nn.Conv2d(width, width, 3, padding=1, bias=False),  # expect: R130
        nn.InstanceNorm2d(width),
    ]
    return [*layers, nn.ReLU()] if active else layers


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(*unit(width, True), *unit(width, False))

    def forward(self, x):
        return self.body(x) + x


class Translator(nn.Module):
    def __init__(self, width=8, blocks=2):
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(3, width, 7, padding=3), nn.ReLU(), *[Block(width) for _ in range(blocks)],
            nn.Conv2d(width, 3, 7, padding=3), nn.Tanh(),
        )

    def forward(self, x):
        return self.model(x)
