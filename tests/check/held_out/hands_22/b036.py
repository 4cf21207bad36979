# residua-test: wrong target=ResPointBlock
# What is wrong: The gate alpha and the last convolution both start at zero, so neither ever gets a gradient and the branch stays dead.
import torch
from torch import nn


class ResPointBlock(nn.Module):
    """Residual point-wise MLP for point clouds, x: (B, channels, N). Starts as the identity."""

    def __init__(self, channels, res_expansion=1.0):
        super().__init__()
        hidden = int(channels * res_expansion)
        self.net1 = nn.Sequential(
            nn.Conv1d(channels, hidden, 1, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
        )
        self.net2 = nn.Conv1d(hidden, channels, 1, bias=False)
        self.alpha = nn.Parameter(torch.zeros(1))  # expect
        self.act = nn.ReLU(inplace=True)
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.kaiming_normal_(self.net1[0].weight, nonlinearity="relu")
        nn.init.zeros_(self.net2.weight)  # expect: R172

    def forward(self, x):
        return self.act(x + self.alpha * self.net2(self.net1(x)))
