# residua-test: right target=AlphaZeroNet
# Why it is right: A plain post-activation tower in a ModuleList with policy and value heads; skips, norms and activations are in the usual places.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Residual(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(ch)
        self.conv2 = nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(ch)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + x)


class AlphaZeroNet(nn.Module):
    """Connect-four network: planes (B, 3, 6, 7) to log move probabilities and a value in [-1, 1]."""

    def __init__(self, ch=32, n_blocks=3, rows=6, cols=7):
        super().__init__()
        self.start = nn.Sequential(nn.Conv2d(3, ch, 3, padding=1, bias=False), nn.BatchNorm2d(ch), nn.ReLU())
        self.tower = nn.ModuleList()
        for _ in range(n_blocks):
            self.tower.append(Residual(ch))
        self.policy = nn.Sequential(
            nn.Conv2d(ch, 2, 1), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(2 * rows * cols, cols)
        )
        self.value = nn.Sequential(
            nn.Conv2d(ch, 1, 1), nn.BatchNorm2d(1), nn.ReLU(), nn.Flatten(),
            nn.Linear(rows * cols, 32), nn.ReLU(), nn.Linear(32, 1), nn.Tanh(),
        )

    def forward(self, board):
        x = self.start(board)
        for block in self.tower:
            x = block(x)
        return F.log_softmax(self.policy(x), dim=1), self.value(x)
