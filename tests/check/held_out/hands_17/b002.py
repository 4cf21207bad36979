# residua-test: wrong target=RhythmUnit
# What is wrong: the identity is kept only after the first convolution, so the block's input never gets around that convolution
import torch.nn as nn


class RhythmUnit(nn.Module):
    def __init__(self, leads, kernel=7, p=0.2):
        super().__init__()
        half = kernel // 2
        self.first = nn.Conv1d(leads, leads, kernel, padding=half, bias=False)
        self.first_norm = nn.BatchNorm1d(leads)
        self.second = nn.Conv1d(leads, leads, kernel, padding=half, bias=False)
        self.second_norm = nn.BatchNorm1d(leads)
        self.act = nn.ReLU()
        self.drop = nn.Dropout(p)

    def forward(self, signal):
        signal = self.first(signal)
        kept = signal  # expect: R198
        signal = self.drop(self.act(self.first_norm(signal)))
        signal = self.second_norm(self.second(signal))
        return self.act(signal + kept)
