# residua-test: wrong target=DilatedResNet
# What is wrong: When a stage is to be dilated its stride is not set to 1, so the stage still downsamples and the features have stride 32 instead of the promised output_stride 8.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1, dilation=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.down = None
        if stride != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        idt = x if self.down is None else self.down(x)
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        return F.relu(x + idt)


class DilatedResNet(nn.Module):
    """
    Segmentation net on a dilated ResNet-18. With output_stride=8 the last two stages keep the
    resolution and use dilation instead of stride.
    """

    def __init__(self, num_classes=21, width=16, output_stride=8):
        super().__init__()
        assert output_stride in (8, 16, 32)
        self.cin = width
        self.dilation = 1
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.MaxPool2d(3, 2, 1))
        self.layer1 = self._stage(width, 2, 1, False)
        self.layer2 = self._stage(width * 2, 2, 2, False)
        self.layer3 = self._stage(width * 4, 2, 2, output_stride <= 8)
        self.layer4 = self._stage(width * 8, 2, 2, output_stride <= 16)
        self.classifier = nn.Conv2d(width * 8, num_classes, 1)

    def _stage(self, cout, n, stride, dilate):
        if dilate:  # expect
            self.dilation *= stride
        blocks = [Block(self.cin, cout, stride, self.dilation)]
        self.cin = cout
        blocks += [Block(cout, cout, 1, self.dilation) for _ in range(n - 1)]
        return nn.Sequential(*blocks)

    def forward(self, x):
        size = x.shape[-2:]
        x = self.stem(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = self.classifier(x)
        return F.interpolate(x, size=size, mode='bilinear', align_corners=False)
