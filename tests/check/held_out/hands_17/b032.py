# residua-test: wrong target=FaceGenerator
# What is wrong: batch norm scales are drawn from N(0, 0.02) together with the convolutions (N(1, 0.02) is meant): every normalised branch nearly vanishes
import torch
import torch.nn as nn
import torch.nn.functional as F


class UpUnit(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.n1, self.n2 = nn.BatchNorm2d(cin), nn.BatchNorm2d(cout)
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.c0 = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        up = F.interpolate(F.relu(self.n1(x)), scale_factor=2)
        y = self.c2(F.relu(self.n2(self.c1(up))))
        return y + self.c0(F.interpolate(x, scale_factor=2))


class FaceGenerator(nn.Module):
    def __init__(self, latent=64, ch=32):
        super().__init__()
        self.ch = ch
        self.project = nn.Linear(latent, 4 * 4 * 4 * ch)
        self.ups = nn.Sequential(UpUnit(4 * ch, 2 * ch), UpUnit(2 * ch, ch), UpUnit(ch, ch))
        self.norm = nn.BatchNorm2d(ch)
        self.rgb = nn.Conv2d(ch, 3, 3, padding=1)
        self.apply(self._start)

    @staticmethod
    def _start(module):
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)  # expect: R181
            nn.init.zeros_(module.bias)

    def forward(self, z):
        x = self.project(z).view(z.size(0), 4 * self.ch, 4, 4)
        return torch.tanh(self.rgb(F.relu(self.norm(self.ups(x)))))
