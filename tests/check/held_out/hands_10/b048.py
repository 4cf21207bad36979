# residua-test: right target=DnCNN
import torch
import torch.nn as nn


class DnCNN(nn.Module):
    """Residual learning as in the paper: forward() gives the estimated NOISE.

    training:   loss = mse(net(noisy), noise)
    inference:  clean = net.denoise(noisy)
    """

    def __init__(self, channels=1, num_of_layers=9, features=32):
        super(DnCNN, self).__init__()
        kernel_size = 3
        padding = 1
        layers = []
        layers.append(nn.Conv2d(in_channels=channels, out_channels=features, kernel_size=kernel_size, padding=padding, bias=False))
        layers.append(nn.ReLU(inplace=True))
        for _ in range(num_of_layers - 2):
            layers.append(nn.Conv2d(in_channels=features, out_channels=features, kernel_size=kernel_size, padding=padding, bias=False))
            layers.append(nn.BatchNorm2d(features))
            layers.append(nn.ReLU(inplace=True))
        layers.append(nn.Conv2d(in_channels=features, out_channels=channels, kernel_size=kernel_size, padding=padding, bias=False))
        self.dncnn = nn.Sequential(*layers)

    def forward(self, x):
        out = self.dncnn(x)
        return out

    @torch.no_grad()
    def denoise(self, noisy):
        return torch.clamp(noisy - self.forward(noisy), 0., 1.)
