# residua-test: right target=TripletBlock
import torch
import torch.nn as nn


class TripletBlock(nn.Module):
    """Anchors, positives and negatives stand one behind the other along the batch."""

    def __init__(self, channels=32):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        anchor, positive, negative = x.chunk(3)
        x = torch.cat([anchor, positive, negative])
        return x + self.conv2(torch.relu(self.conv1(x)))
