# residua-test: right target=ShiftedBlock
import torch
import torch.nn as nn


class ShiftedBlock(nn.Module):
    """x: (videos * frames, channels, height, width); an eighth of the channels comes from the next frame, one from the last."""

    def __init__(self, channels, num_frames=8):
        super().__init__()
        self.num_frames = num_frames
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()

    def shift(self, x):
        n, c, h, w = x.shape
        x = x.view(n // self.num_frames, self.num_frames, c, h, w)
        part = c // 8
        out = x.clone()
        out[:, :-1, :part] = x[:, 1:, :part]
        out[:, 1:, part : 2 * part] = x[:, :-1, part : 2 * part]
        return out.view(n, c, h, w)

    def forward(self, x):
        h = self.relu(self.bn1(self.conv1(self.shift(x))))
        return self.relu(x + self.bn2(self.conv2(h)))
