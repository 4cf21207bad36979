# residua-test: right target=Waves style='3 residual additions'
# WaveNet's skip outputs pass by the later sums and meet at the end (van den Oord 2016 Fig. 4).
import torch
import torch.nn as nn
import torch.nn.functional as F


class Waves(nn.Module):
    def __init__(self, in_ch, width=16):
        super().__init__()
        self.front = nn.Conv1d(in_ch, width, 1)
        self.gates = nn.ModuleList([nn.Conv1d(width, width, 3, padding=2 ** i, dilation=2 ** i) for i in range(3)])
        self.onward = nn.ModuleList([nn.Conv1d(width, width, 1) for _ in range(2)])
        self.aside = nn.ModuleList([nn.Conv1d(width, 8, 1) for _ in range(3)])
        self.last = nn.Conv1d(8, in_ch, 1)

    def forward(self, x):
        x, kept = self.front(x), []
        for at, gate in enumerate(self.gates):
            z = torch.tanh(gate(x))
            kept.append(self.aside[at](z))
            if at < len(self.onward):
                x = x + self.onward[at](z)
        return self.last(F.relu(torch.stack(kept).sum(0)))
