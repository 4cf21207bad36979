# residua-test: wrong target=Encoder
# What is wrong: The first ReLU of the residual branch works in place on the block's input, so the skip carries relu(x) and not the pre-activation x.
import torch
import torch.nn as nn


class ResLayer(nn.Module):
    """relu - 3x3 - relu - 1x1, added to the pre-activation input (VQ-VAE)."""

    def __init__(self, dim, hidden):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(dim, hidden, 3, padding=1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, dim, 1, bias=False),
        )

    def forward(self, x):
        return x + self.body(x)


class Encoder(nn.Module):
    def __init__(self, in_ch=3, dim=64, hidden=32, n_res=2, embed_dim=16):
        super().__init__()
        layers = [
            nn.Conv2d(in_ch, dim // 2, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(dim // 2, dim, 4, stride=2, padding=1),
        ]
        for _ in range(n_res):
            layers.append(ResLayer(dim, hidden))
        layers.append(nn.ReLU(inplace=True))
        self.net = nn.Sequential(*layers)
        self.to_code = nn.Conv2d(dim, embed_dim, 1)

    def forward(self, img):
        return self.to_code(self.net(img))
