# residua-test: right target=AdaINBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class AdaINBlock(nn.Module):
    """Takes the deviation of the style where it takes off that of the content."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def adain(self, content, style):
        mean = content.mean((2, 3), keepdim=True)
        std = (content.var((2, 3), keepdim=True) + 1e-5).sqrt()
        other = style.mean((2, 3), keepdim=True)
        wide = (style.var((2, 3), keepdim=True) + 1e-5).sqrt()
        return (content - mean) / std * wide + other

    def forward(self, x, style):
        h = F.relu(self.adain(self.conv1(x), style))
        return x + self.adain(self.conv2(h), style)
