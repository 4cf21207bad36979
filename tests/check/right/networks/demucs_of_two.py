# residua-test: right target=Demucs
import torch
from torch import nn


class Demucs(nn.Module):
    def __init__(self, audio_channels=2, sources=4, channels=32):
        super().__init__()
        self.encoder = nn.ModuleList([
            nn.Sequential(nn.Conv1d(audio_channels, channels, 8, 4), nn.ReLU()),
            nn.Sequential(nn.Conv1d(channels, 2 * channels, 8, 4), nn.ReLU()),
        ])
        self.lstm = nn.LSTM(2 * channels, 2 * channels, batch_first=True)
        self.decoder = nn.ModuleList([
            nn.Sequential(nn.ConvTranspose1d(2 * channels, channels, 8, 4), nn.ReLU()),
            nn.ConvTranspose1d(channels, sources * audio_channels, 8, 4),
        ])

    def forward(self, x):
        skips = []
        for layer in self.encoder:
            x = layer(x)
            skips.append(x)
        x, _ = self.lstm(x.transpose(1, 2))
        x = x.transpose(1, 2)
        for layer in self.decoder:
            skip = skips.pop()
            if skip.size(-1) > x.size(-1):
                start = (skip.size(-1) - x.size(-1)) // 2
                skip = skip[..., start : start + x.size(-1)]
            x = layer(x + skip)
        return x
