# residua-test: wrong target=ImpalaNet
# What is wrong: the first residual module is applied twice and the second one never: half of the residual blocks get no gradient.
import torch
from torch import nn


class ResidualUnit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(ch, ch, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(ch, ch, 3, padding=1),
        )

    def forward(self, x):
        return x + self.body(x)


class ConvSequence(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.res_a = ResidualUnit(cout)
        self.res_b = ResidualUnit(cout)

    def forward(self, x):
        x = self.pool(self.conv(x))
        x = self.res_a(x)
        x = self.res_a(x)  # expect: R121
        return x


class ImpalaNet(nn.Module):
    """Large IMPALA encoder for procgen (64x64 rgb, already scaled to [0, 1])."""

    def __init__(self, in_channels=3, n_actions=15, widths=(16, 32, 32)):
        super().__init__()
        seqs = []
        for w in widths:
            seqs.append(ConvSequence(in_channels, w))
            in_channels = w
        self.convs = nn.Sequential(*seqs)
        self.fc = nn.Linear(widths[-1] * 8 * 8, 256)
        self.pi = nn.Linear(256, n_actions)
        self.v = nn.Linear(256, 1)

    def forward(self, obs):
        h = torch.relu(self.convs(obs))
        h = torch.relu(self.fc(h.flatten(1)))
        return self.pi(h), self.v(h).squeeze(-1)
