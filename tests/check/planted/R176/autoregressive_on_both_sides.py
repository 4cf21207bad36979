# residua-test: wrong target=SampleModel right=networks/autoregressive_padded_in_front
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedLayer(nn.Module):
    def __init__(self, width, reach):
        super().__init__()
        self.reach = reach
        self.conv = nn.Conv1d(width, 2 * width, 5, dilation=reach // 4)
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, h):
        half = self.reach // 2
        a, b = self.conv(F.pad(h, (half, half))).chunk(2, 1)  # expect: R176
        return h + self.mix(torch.tanh(a) * torch.sigmoid(b))


class SampleModel(nn.Module):
    """A small autoregressive model of quantised sound: (B, T) of levels gives (B, levels, T)."""

    def __init__(self, levels=32, width=16):
        super().__init__()
        self.embed = nn.Embedding(levels, width)
        self.layers = nn.Sequential(*[GatedLayer(width, 4 * 2**i) for i in range(3)])
        self.head = nn.Conv1d(width, levels, 1)

    def forward(self, samples):
        return self.head(self.layers(self.embed(samples).transpose(1, 2)))
