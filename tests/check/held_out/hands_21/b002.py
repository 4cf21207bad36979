# residua-test: wrong target=ResUnit1d
# What is wrong: 0.99 is the Keras meaning of momentum; in PyTorch it is the weight of the new batch, so the running statistics are those of the last batch and evaluation is unstable.
import torch
import torch.nn as nn


class ResUnit1d(nn.Module):
    """Residual unit of an ECG classifier, ported from a Keras model.

    x: (batch, in_channels, samples); the length is divided by downsample
    """

    def __init__(self, in_channels=64, out_channels=64, downsample=4, kernel_size=17, keep_prob=0.8):
        super().__init__()
        norm = dict(momentum=0.99, eps=1e-3)  # expect: R180
        self.conv1 = nn.Conv1d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False)
        self.bn1 = nn.BatchNorm1d(out_channels, **norm)
        self.drop = nn.Dropout(1 - keep_prob)
        self.conv2 = nn.Conv1d(out_channels, out_channels, kernel_size, stride=downsample,  # found: R112
                               padding=kernel_size // 2, bias=False)
        self.bn2 = nn.BatchNorm1d(out_channels, **norm)
        skip = []
        if downsample > 1:
            skip.append(nn.MaxPool1d(downsample, downsample, ceil_mode=True))
        if in_channels != out_channels:
            skip.append(nn.Conv1d(in_channels, out_channels, 1, bias=False))
        self.skip = nn.Sequential(*skip)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.drop(self.relu(self.bn1(self.conv1(x))))
        y = self.conv2(y) + self.skip(x)
        return self.relu(self.bn2(y))
