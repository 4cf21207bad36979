# residua-test: right target=NoiseResidualNet
import torch
import torch.nn as nn


class NoiseResidualNet(nn.Module):
    """Gaussian denoiser. The convs estimate the noise, we return noisy minus noise."""

    def __init__(self, gray=True, features=32, layers=6):
        super().__init__()
        c = 1 if gray else 3
        seq = [nn.Conv2d(c, features, 3, padding=1), nn.ReLU(True)]
        while len(seq) < 2 + 3 * (layers - 2):
            seq.extend((
                nn.Conv2d(features, features, 3, padding=1, bias=False),
                nn.BatchNorm2d(features),
                nn.ReLU(True),
            ))
        seq.append(nn.Conv2d(features, c, 3, padding=1))
        self.noise = nn.Sequential(*seq)

    def forward(self, noisy):
        return noisy - self.noise(noisy)
