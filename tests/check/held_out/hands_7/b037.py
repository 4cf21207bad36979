# residua-test: right target=ResNetV2TF
"""ResNet v2 after the official TensorFlow models, weights can be converted 1:1."""
import torch
import torch.nn as nn
import torch.nn.functional as F

_DECAY = 0.997
_EPS = 1e-5


def _bn(c):
    return nn.BatchNorm2d(c, eps=_EPS, momentum=1 - _DECAY)


class FixedPadConv(nn.Conv2d):
    """'SAME' for stride 1, fixed_padding + 'VALID' for stride 2"""

    def __init__(self, cin, cout, k, stride=1):
        super().__init__(cin, cout, k, stride=stride, padding=0, bias=False)
        total = k - 1
        beg = total // 2
        self.pads = (beg, total - beg, beg, total - beg)

    def forward(self, x):
        return super().forward(F.pad(x, self.pads))


class BlockV2(nn.Module):
    def __init__(self, cin, filters, stride, project):
        super().__init__()
        self.preact = _bn(cin)
        self.project = FixedPadConv(cin, filters, 1, stride) if project else None
        self.conv1 = FixedPadConv(cin, filters, 3, stride)
        self.bn = _bn(filters)
        self.conv2 = FixedPadConv(filters, filters, 3)

    def forward(self, inputs):
        shortcut = inputs
        inputs = F.relu(self.preact(inputs))
        if self.project is not None:
            shortcut = self.project(inputs)
        inputs = self.conv1(inputs)
        inputs = F.relu(self.bn(inputs))
        inputs = self.conv2(inputs)
        return inputs + shortcut


class ResNetV2TF(nn.Module):
    def __init__(self, size=14, num_classes=10):
        super().__init__()
        if size % 6 != 2:
            raise ValueError('resnet_size must be 6n + 2:', size)
        n = (size - 2) // 6
        self.initial = FixedPadConv(3, 16, 3)
        layers, cin = [], 16
        for i in range(3):
            f = 16 * 2 ** i
            layers.append(BlockV2(cin, f, 1 if i == 0 else 2, True))
            layers.extend(BlockV2(f, f, 1, False) for _ in range(n - 1))
            cin = f
        self.block_layers = nn.Sequential(*layers)
        self.final_bn = _bn(cin)
        self.dense = nn.Linear(cin, num_classes)

    def forward(self, inputs):
        x = self.block_layers(self.initial(inputs))
        x = F.relu(self.final_bn(x))
        return self.dense(torch.mean(x, (2, 3)))
