# residua-test: right target=DnCNN
# Why it is right: DnCNN predicts the noise with a linear last layer and subtracts it from the input.
import torch
import torch.nn as nn


class DnCNN(nn.Module):
    def __init__(self, channels=1, num_of_layers=8, features=32):
        super().__init__()
        layers = [nn.Conv2d(channels, features, 3, padding=1), nn.ReLU(inplace=True)]
        for _ in range(num_of_layers - 2):
            layers += [
                nn.Conv2d(features, features, 3, padding=1, bias=False),
                nn.BatchNorm2d(features),
                nn.ReLU(inplace=True),
            ]
        layers.append(nn.Conv2d(features, channels, 3, padding=1))
        self.dncnn = nn.Sequential(*layers)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.orthogonal_(m.weight)

    def forward(self, y):
        noise = self.dncnn(y)
        return y - noise


def loss_fn(model, clean, sigma=25 / 255.):
    noisy = clean + sigma * torch.randn_like(clean)
    return nn.functional.mse_loss(model(noisy), clean, reduction='sum') / (2 * clean.size(0))
