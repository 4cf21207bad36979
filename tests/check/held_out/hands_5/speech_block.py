# residua-test: wrong target=SpeechBlock
# What is wrong: nn.Dropout is created inside forward, so it is always a fresh module in training mode and stays on after eval()
import torch
import torch.nn as nn


class SpeechBlock(nn.Module):
    """Depthwise-separable 1-d residual block for keyword spotting, (batch, channels, frames)."""

    def __init__(self, channels=64, k=9, p=0.1):
        super().__init__()
        self.depth = nn.Conv1d(channels, channels, k, padding=k // 2, groups=channels, bias=False)
        self.point = nn.Conv1d(channels, channels, 1, bias=False)
        self.bn = nn.BatchNorm1d(channels)
        self.p = p

    def forward(self, x):
        out = self.bn(self.point(self.depth(x)))
        out = nn.Dropout(p=self.p)(torch.relu(out))  # expect: R146
        return x + out


class SpeechNet(nn.Module):
    def __init__(self, mels=40, channels=64, blocks=4, words=12):
        super().__init__()
        self.inp = nn.Conv1d(mels, channels, 3, padding=1)
        self.blocks = nn.Sequential(*[SpeechBlock(channels) for _ in range(blocks)])
        self.out = nn.Linear(channels, words)

    def forward(self, mel):
        return self.out(self.blocks(self.inp(mel)).mean(dim=2))
