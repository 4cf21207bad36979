# residua-test: right target=ResNet9
import torch.nn as nn


def conv_block(in_channels, out_channels, pool=False):
    layers = [nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1),
              nn.BatchNorm2d(out_channels),
              nn.ReLU(inplace=True)]
    if pool:
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class Add(nn.Module):
    """x + f(x) as in the DAWNBench / davidcpage network."""

    def __init__(self, *mods):
        super().__init__()
        self.mods = nn.Sequential(*mods)

    def forward(self, x):
        return x + self.mods(x)


class ResNet9(nn.Module):
    def __init__(self, in_channels=3, num_classes=10, w=32):
        super().__init__()
        self.prep = conv_block(in_channels, w)
        self.layer1 = nn.Sequential(conv_block(w, 2 * w, pool=True),
                                    Add(conv_block(2 * w, 2 * w), conv_block(2 * w, 2 * w)))
        self.layer2 = conv_block(2 * w, 4 * w, pool=True)
        self.layer3 = nn.Sequential(conv_block(4 * w, 8 * w, pool=True),
                                    Add(conv_block(8 * w, 8 * w), conv_block(8 * w, 8 * w)))
        self.classifier = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8 * w, num_classes, bias=False))

    def forward(self, xb):
        out = self.layer2(self.layer1(self.prep(xb)))
        return self.classifier(self.layer3(out)) * 0.125
