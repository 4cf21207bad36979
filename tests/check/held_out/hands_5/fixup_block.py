# residua-test: right target=FixupBlock
import torch
import torch.nn as nn


class FixupBlock(nn.Module):
    """Fixup basic block (no norm): scalar biases, one multiplier, last conv at zero."""

    def __init__(self, channels=64, num_layers=9):
        super().__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        std = (2 / (channels * 9)) ** 0.5 * num_layers ** (-0.5)
        nn.init.normal_(self.conv1.weight, mean=0, std=std)
        nn.init.constant_(self.conv2.weight, 0)

    def forward(self, x):
        out = torch.relu(self.conv1(x + self.bias1a) + self.bias1b)
        out = self.conv2(out + self.bias2a) * self.scale + self.bias2b
        return torch.relu(out + x)
