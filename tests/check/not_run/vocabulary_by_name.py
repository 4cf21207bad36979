# reason: its constructor raises KeyError: 64 in line 12; give --args vgg_name=…
import torch.nn as nn


def configurations():
    return {"VGG11": (64, "M", 128, "M"), "VGG13": (64, 64, "M", 128)}


class VggResidualNet(nn.Module):
    def __init__(self, vgg_name):
        super().__init__()
        widths = [width for width in configurations()[vgg_name] if width != "M"]
        self.layers = nn.Sequential(*(nn.Conv2d(3, width, 3, padding=1) for width in widths))

    def forward(self, x):
        return x + self.layers(x)
