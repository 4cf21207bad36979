# residua-test: right target=SimSiam
import torch
import torch.nn as nn
import torch.nn.functional as F


class EncoderBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(out)))


class SimSiam(nn.Module):
    """SimSiam: symmetric negative cosine loss; the target side takes no gradient."""

    def __init__(self, c=32, dim=64, pred=16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, c, 3, 2, 1), EncoderBlock(c), EncoderBlock(c))
        self.projector = nn.Sequential(
            nn.Linear(c, dim, bias=False), nn.BatchNorm1d(dim), nn.ReLU(),
            nn.Linear(dim, dim, bias=False), nn.BatchNorm1d(dim, affine=False))
        self.predictor = nn.Sequential(
            nn.Linear(dim, pred, bias=False), nn.BatchNorm1d(pred), nn.ReLU(), nn.Linear(pred, dim))

    def embed(self, x):
        return self.projector(self.encoder(x).mean((2, 3)))

    def forward(self, x1, x2):
        z1, z2 = self.embed(x1), self.embed(x2)
        p1, p2 = self.predictor(z1), self.predictor(z2)
        return -(F.cosine_similarity(p1, z2.detach(), dim=1).mean()
                 + F.cosine_similarity(p2, z1.detach(), dim=1).mean()) / 2
