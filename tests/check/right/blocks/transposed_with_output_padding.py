# residua-test: right target=UpUnit
import torch.nn as nn
import torch.nn.functional as F


class UpUnit(nn.Module):
    """Doubles the resolution; the shortcut is enlarged by interpolation."""

    def __init__(self, cin=48, cout=24):
        super().__init__()
        self.norm = nn.BatchNorm2d(cin)
        self.up = nn.ConvTranspose2d(cin, cout, 3, stride=2, padding=1, output_padding=1, bias=False)
        self.conv = nn.Conv2d(cout, cout, 3, padding=1)
        self.side = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        y = self.conv(F.relu(self.up(F.relu(self.norm(x)))))
        return y + F.interpolate(self.side(x), scale_factor=2)
