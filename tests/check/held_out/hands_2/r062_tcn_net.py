# residua-test: right target=TCN
import torch
import torch.nn as nn
import torch.nn.functional as F


class CausalConv1d(nn.Conv1d):
    def __init__(self, cin, cout, kernel_size, dilation):
        super().__init__(cin, cout, kernel_size, dilation=dilation)
        self.left = (kernel_size - 1) * dilation

    def forward(self, x):
        return super().forward(F.pad(x, (self.left, 0)))


class TCNLayer(nn.Module):
    def __init__(self, cin, cout, k, dilation, dropout):
        super().__init__()
        self.conv1, self.conv2 = CausalConv1d(cin, cout, k, dilation), CausalConv1d(cout, cout, k, dilation)
        self.drop = nn.Dropout(dropout)
        self.match = nn.Conv1d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        h = self.drop(F.gelu(self.conv1(x)))
        h = self.drop(F.gelu(self.conv2(h)))
        return h + self.match(x)


class TCN(nn.Module):
    """Sequence classifier on (batch, features, time); uses the last time step."""

    def __init__(self, in_channels=1, channels=(16, 16, 32), kernel_size=3, num_classes=5, dropout=0.1):
        super().__init__()
        layers, c = [], in_channels
        for i, ch in enumerate(channels):
            layers.append(TCNLayer(c, ch, kernel_size, 2 ** i, dropout))
            c = ch
        self.net = nn.Sequential(*layers)
        self.out = nn.Linear(c, num_classes)

    def forward(self, x):
        return self.out(self.net(x)[:, :, -1])
