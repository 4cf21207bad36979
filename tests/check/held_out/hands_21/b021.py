# residua-test: right target=DnCNN
# Why it is right: DnCNN predicts the noise and subtracts it from the input: the minus sign and the bare last convolution are intended.
import torch.nn as nn


class DnCNN(nn.Module):
    """Blind Gaussian denoiser for grey images."""

    def __init__(self, channels=1, features=32, depth=8):
        super().__init__()
        layers = [nn.Conv2d(channels, features, 3, padding=1), nn.ReLU(inplace=True)]
        for _ in range(depth - 2):
            layers.append(nn.Conv2d(features, features, 3, padding=1, bias=False))
            layers.append(nn.BatchNorm2d(features))
            layers.append(nn.ReLU(inplace=True))
        layers.append(nn.Conv2d(features, channels, 3, padding=1))
        self.dncnn = nn.Sequential(*layers)

    def forward(self, noisy):
        noise = self.dncnn(noisy)
        return noisy - noise
