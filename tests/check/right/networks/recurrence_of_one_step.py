# residua-test: right target=Waveform
import torch
from torch import nn


class Waveform(nn.Module):
    def __init__(self, channels=16, depth=3):
        super().__init__()
        widths = [1] + [channels * 2**i for i in range(depth)]
        self.down = nn.ModuleList(nn.Conv1d(a, b, 8, 4, 2) for a, b in zip(widths[:-1], widths[1:]))
        self.lstm = nn.LSTM(widths[-1], widths[-1], 1, bidirectional=True)
        self.proj = nn.Linear(2 * widths[-1], widths[-1])
        self.up = nn.ModuleList(nn.ConvTranspose1d(b, a, 8, 4, 2) for a, b in reversed(list(zip(widths[:-1], widths[1:]))))

    def forward(self, wav):
        skips = []
        h = wav
        for conv in self.down:
            h = torch.relu(conv(h))
            skips.append(h)
        y = h.permute(2, 0, 1)
        y, _ = self.lstm(y)
        h = self.proj(y).permute(1, 2, 0)
        for i, conv in enumerate(self.up):
            skip = skips.pop(-1)
            h = h + skip[..., : h.shape[-1]]
            h = conv(h)
            if i < len(self.up) - 1:
                h = torch.relu(h)
        return h
