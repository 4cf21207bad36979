# residua-test: right target=Encoder style=network
import torch.nn as nn
import torch.nn.functional as F


class EB(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, 2, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.s = nn.Sequential(nn.Conv2d(cin, cout, 1, 2, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return F.relu(self.b2(self.c2(F.relu(self.b1(self.c1(x))))) + self.s(x))


class Encoder(nn.Module):
    #Every block halves the map, as in a VAE encoder.

    def __init__(self, latent_dim=32):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.body = nn.Sequential(EB(32, 64), EB(64, 64), EB(64, 128), EB(128, 128))
        self.fc = nn.Linear(128, latent_dim)

    def forward(self, x):
        return self.fc(self.body(self.stem(x)).mean((2, 3)))
