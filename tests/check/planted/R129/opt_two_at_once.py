# residua-test: wrong target=ConvUnit right=blocks/two_options
from torch import nn


class ConvUnit(nn.Module):
    def __init__(self, channels, mode="plain", dilation=1):
        super().__init__()
        if mode == "wide":
            if dilation > 1:
                first = nn.Conv2d(channels, channels, 5, padding=2, dilation=dilation)  # expect: R129
            else:
                first = nn.Conv2d(channels, channels, 5, padding=2)
        else:
            first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.body = nn.Sequential(
            first, nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.body(x) + x)
