# residua-test: right target=Reader
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, width=32, num_classes=20):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.attn = nn.MultiheadAttention(width, 4)
        self.head = nn.Linear(width, num_classes)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = x + self.conv2(x)
        x = x.mean(2).permute(2, 0, 1)  # width, batch, channels
        x = x + self.attn(x, x, x)[0]
        return self.head(x.mean(0))
