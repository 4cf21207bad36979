# residua-test: wrong target=WaveNetVocoder slow
import torch.nn.functional as F
from torch import nn


class UnitOne(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.slope = 0.1
        self.conv = nn.Conv1d(width, width, 3, padding=1)

    def forward(self, x):
        return x + self.conv(F.leaky_relu(x, self.slope))


class UnitTwo(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv1d(width, width, 5, padding=2)

    def forward(self, x):
        return x + self.conv(F.leaky_relu(x, self.slope))  # expect: R161


class WaveNetVocoder(nn.Module):
    def __init__(self, mels=80, width=32, variant="1", count=4):
        super().__init__()
        unit = UnitOne if variant == "1" else UnitTwo
        self.enter = nn.Conv1d(mels, width, 7, padding=3)
        self.units = nn.Sequential(*[unit(width) for _ in range(count)])
        self.leave = nn.Conv1d(width, 1, 7, padding=3)

    def forward(self, spectrogram):
        return self.leave(self.units(self.enter(spectrogram)))
