# residua-test: wrong target=AudioModel
# What is wrong: The padding is split over both sides, so the autoregressive model sees future samples; it must be on the left alone.
import torch
import torch.nn as nn
import torch.nn.functional as F


class DilatedLayer(nn.Module):
    def __init__(self, ch, kernel_size, dilation):
        super().__init__()
        self.span = dilation * (kernel_size - 1)
        self.filter = nn.Conv1d(ch, ch, kernel_size, dilation=dilation)
        self.gate = nn.Conv1d(ch, ch, kernel_size, dilation=dilation)
        self.out = nn.Conv1d(ch, ch, 1)

    def forward(self, x):
        padded = F.pad(x, (self.span // 2, self.span - self.span // 2))  # expect: R176
        z = torch.tanh(self.filter(padded)) * torch.sigmoid(self.gate(padded))
        z = self.out(z)
        return x + z, z


class AudioModel(nn.Module):
    """Autoregressive model of mu-law samples: logits[t] predict sample t + 1
    from samples 0..t. Input: int64 (B, T)."""

    def __init__(self, levels=64, ch=24, kernel_size=3, layers=4):
        super().__init__()
        self.embed = nn.Embedding(levels, ch)
        self.layers = nn.ModuleList(DilatedLayer(ch, kernel_size, 2 ** i) for i in range(layers))
        self.head = nn.Sequential(nn.ReLU(), nn.Conv1d(ch, ch, 1), nn.ReLU(),
                                  nn.Conv1d(ch, levels, 1))

    def forward(self, samples):
        x = self.embed(samples).transpose(1, 2)
        total = 0
        for layer in self.layers:
            x, s = layer(x)
            total = total + s
        return self.head(total)
