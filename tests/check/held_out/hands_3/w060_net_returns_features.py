# residua-test: wrong target=AudioResNet args=n_classes=7
# What is wrong: logits are computed but the pooled features x are returned, the classifier is never trained
import torch
import torch.nn as nn


class Res1d(nn.Module):
    def __init__(self, i, o, stride=1):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv1d(i, o, 9, stride, 4, bias=False), nn.BatchNorm1d(o), nn.ReLU(),
            nn.Conv1d(o, o, 9, 1, 4, bias=False), nn.BatchNorm1d(o))
        if i != o or stride != 1:
            self.side = nn.Sequential(nn.Conv1d(i, o, 1, stride, bias=False), nn.BatchNorm1d(o))
        else:
            self.side = nn.Identity()

    def forward(self, x):
        return torch.relu(self.main(x) + self.side(x))


class AudioResNet(nn.Module):
    def __init__(self, n_classes=10, widths=(32, 64, 128)):
        super().__init__()
        layers = [Res1d(1, widths[0], 2)]
        for a, b in zip(widths[:-1], widths[1:]):
            layers.append(Res1d(a, b, 2))
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.classifier = nn.Linear(widths[-1], n_classes)

    def forward(self, x):
        x = self.features(x)
        x = self.pool(x).flatten(1)
        logits = self.classifier(x)  # expect: R155
        return x  # expect
