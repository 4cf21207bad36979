# residua-test: wrong target=UNet3D
# What is wrong: The network's residual flag is not handed on to the blocks, whose own default is False, so the network is always the plain U-Net.
import torch
import torch.nn as nn


class ConvUnit(nn.Module):
    def __init__(self, cin, cout, residual=False):
        super().__init__()
        self.residual = residual
        self.body = nn.Sequential(
            nn.Conv3d(cin, cout, 3, padding=1), nn.InstanceNorm3d(cout, affine=True),
            nn.LeakyReLU(0.01),
            nn.Conv3d(cout, cout, 3, padding=1), nn.InstanceNorm3d(cout, affine=True),
        )
        self.match = nn.Conv3d(cin, cout, 1, bias=False) if residual else None

    def forward(self, x):
        y = self.body(x)
        if self.residual:
            y = y + self.match(x)
        return nn.functional.leaky_relu(y, 0.01)


class UNet3D(nn.Module):
    """Tumour segmentation; residual=True selects the residual U-Net."""

    def __init__(self, in_channels=1, n_classes=3, base=8, depth=2, residual=True):
        super().__init__()
        self.residual = residual
        w = [base * 2 ** i for i in range(depth + 1)]
        self.enc = nn.ModuleList(ConvUnit(a, b) for a, b in zip([in_channels] + w[:-1], w))  # expect: R189
        self.up = nn.ModuleList(nn.ConvTranspose3d(b, a, 2, stride=2)
                                for a, b in zip(w[:-1], w[1:]))
        self.dec = nn.ModuleList(ConvUnit(2 * a, a) for a in w[:-1])  # expect
        self.pool = nn.MaxPool3d(2)
        self.head = nn.Conv3d(base, n_classes, 1)

    def forward(self, x):
        feats = []
        for i, enc in enumerate(self.enc):
            x = enc(x if i == 0 else self.pool(x))
            feats.append(x)
        x = feats.pop()
        for up, dec in zip(reversed(self.up), reversed(self.dec)):
            x = dec(torch.cat([up(x), feats.pop()], dim=1))
        return self.head(x)
