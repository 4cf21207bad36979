# residua-test: wrong target=PreActResNet
# What is wrong: A pre-activation network needs a BatchNorm and ReLU after the last addition; here the raw un-normalised sum goes straight into pooling and the classifier.
import torch
import torch.nn as nn
import torch.nn.functional as F


class PreActBlock(nn.Module):
    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c_in)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.proj = None
        if stride != 1 or c_in != c_out:
            self.proj = nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False)

    def forward(self, x):
        z = F.relu(self.bn1(x))
        skip = x if self.proj is None else self.proj(z)
        z = self.conv1(z)
        z = self.conv2(F.relu(self.bn2(z)))
        return z + skip


class PreActResNet(nn.Module):
    """CIFAR ResNet with full pre-activation units (He et al. 2016b)."""

    def __init__(self, num_blocks=(2, 2, 2), c_hidden=(16, 32, 64), num_classes=10):
        super().__init__()
        self.input_net = nn.Conv2d(3, c_hidden[0], 3, padding=1, bias=False)
        blocks, c = [], c_hidden[0]
        for stage, n in enumerate(num_blocks):
            for i in range(n):
                blocks.append(PreActBlock(c, c_hidden[stage], stride=2 if stage > 0 and i == 0 else 1))
                c = c_hidden[stage]
        self.blocks = nn.Sequential(*blocks)
        self.output_net = nn.Sequential(  # expect
            nn.AdaptiveAvgPool2d((1, 1)),  # expect: R137
            nn.Flatten(),
            nn.Linear(c, num_classes),
        )

    def forward(self, x):
        return self.output_net(self.blocks(self.input_net(x)))
