# residua-test: wrong target=XRayResNet
# What is wrong: the zero-gamma init is given to every BatchNorm (stem and shortcuts too), so all features are zero and nothing but the last bias learns
# Chest X-ray pneumonia, kaggle kernel
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(ni, nf, 3, stride, 1, bias=False), nn.BatchNorm2d(nf), nn.ReLU(),
            nn.Conv2d(nf, nf, 3, 1, 1, bias=False), nn.BatchNorm2d(nf),
        )
        self.idconv = nn.Identity()
        if ni != nf or stride != 1:
            self.idconv = nn.Sequential(
                nn.Conv2d(ni, nf, 1, stride, bias=False), nn.BatchNorm2d(nf))
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.convs(x) + self.idconv(x))


class XRayResNet(nn.Module):
    def __init__(self, c_in=1, n_out=2, widths=(16, 32, 64)):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(c_in, widths[0], 5, 2, 2, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU())
        blocks, prev = [], widths[0]
        for w in widths:
            blocks.append(ResBlock(prev, w, stride=2 if w != prev else 1))
            prev = w
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(prev, n_out))
        self.init_cnn()

    def init_cnn(self):
        # bag of tricks: start the residual branches at zero so that each block is the identity
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight)
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.zeros_(m.weight)  # expect: R181
                nn.init.zeros_(m.bias)

    def forward(self, xb):
        return self.head(self.blocks(self.stem(xb)))
