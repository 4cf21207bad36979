# residua-test: wrong target=Net
import torch.nn as nn


def unit(c_in, c_out, kernel=3, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(c_out), nn.ReLU6()
    )


class Inverted(nn.Module):
    def __init__(self, c_in, c_out, stride, expand):
        super().__init__()
        mid = c_in * expand
        self.adds = stride == 1  # expect: R114
        self.body = nn.Sequential(
            unit(c_in, mid, 1), unit(mid, mid, 3, stride, mid), nn.Conv2d(mid, c_out, 1, bias=False), nn.BatchNorm2d(c_out)
        )

    def forward(self, x):
        if self.adds:
            return x + self.body(x)
        return self.body(x)


class Net(nn.Module):
    def __init__(self, num_classes=7):
        super().__init__()
        plan = [(16, 1), (24, 2), (24, 1), (40, 1)]
        layers, channels = [unit(3, 16, stride=2)], 16
        for width, stride in plan:
            layers.append(Inverted(channels, width, stride, 4))
            channels = width
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))
