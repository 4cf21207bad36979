# residua-test: wrong target=InceptionResidual
# What is wrong: padding=k//2 with the even kernels 40, 20 and 10 makes the sequences one sample longer than the pooled branch, so the concatenation fails.
import torch
import torch.nn as nn


class Inception(nn.Module):
    def __init__(self, cin, filters=8, bottleneck=8, kernels=(40, 20, 10)):
        super().__init__()
        self.bottleneck = nn.Conv1d(cin, bottleneck, 1, bias=False)
        self.convs = nn.ModuleList(
            nn.Conv1d(bottleneck, filters, k, padding=k // 2, bias=False)  # expect: R130
            for k in kernels)
        self.pool = nn.Sequential(nn.MaxPool1d(3, stride=1, padding=1),
                                  nn.Conv1d(cin, filters, 1, bias=False))
        self.bn = nn.BatchNorm1d(filters * (len(kernels) + 1))

    def forward(self, x):
        z = self.bottleneck(x)
        branches = [conv(z) for conv in self.convs] + [self.pool(x)]
        return torch.relu(self.bn(torch.cat(branches, dim=1)))


class InceptionResidual(nn.Module):
    """Three inception modules and a shortcut, for time series classification
    (B, variables, length)."""

    def __init__(self, in_channels=3, filters=8, num_classes=5):
        super().__init__()
        wide = 4 * filters
        self.modules_ = nn.Sequential(
            Inception(in_channels, filters), Inception(wide, filters), Inception(wide, filters))
        self.shortcut = nn.Sequential(nn.Conv1d(in_channels, wide, 1, bias=False),
                                      nn.BatchNorm1d(wide))
        self.fc = nn.Linear(wide, num_classes)

    def forward(self, x):
        y = torch.relu(self.modules_(x) + self.shortcut(x))
        return self.fc(y.mean(dim=-1))
