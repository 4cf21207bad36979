# residua-test: wrong target=SEResBlock1d
# What is wrong: squeeze() without a dim also drops the batch dimension when the batch is 1, and the gate's indexing then fails.
import torch
import torch.nn as nn


class SELayer1d(nn.Module):
    def __init__(self, channel, reduction=8):
        super(SELayer1d, self).__init__()
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction),
            nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel),
            nn.Sigmoid(),
        )

    def forward(self, x):
        y = self.pool(x).squeeze()  # expect: R192
        y = self.fc(y)
        return x * y[:, :, None]


class SEResBlock1d(nn.Module):
    """speaker embedding front end, x: (batch, channel, frames), also run on single utterances"""

    def __init__(self, channel=32, kernel=3, dilation=2):
        super(SEResBlock1d, self).__init__()
        pad = dilation * (kernel - 1) // 2
        self.conv1 = nn.Conv1d(channel, channel, kernel, padding=pad, dilation=dilation)
        self.norm1 = nn.GroupNorm(1, channel)
        self.conv2 = nn.Conv1d(channel, channel, 1)
        self.norm2 = nn.GroupNorm(1, channel)
        self.se = SELayer1d(channel)
        self.relu = nn.ReLU()

    def forward(self, x):
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        out = self.se(out)
        return self.relu(out + x)
