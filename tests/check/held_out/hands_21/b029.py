# residua-test: right target=VQAutoencoder
# Why it is right: The detached difference is the straight-through estimator of VQ-VAE: forward gives the code vector, backward passes the gradient to the encoder.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, ch, mid):
        super().__init__()
        self.f = nn.Sequential(nn.ReLU(), nn.Conv2d(ch, mid, 3, padding=1), nn.ReLU(True), nn.Conv2d(mid, ch, 1))

    def forward(self, x):
        return x + self.f(x)


class Quantizer(nn.Module):
    def __init__(self, n_codes, dim):
        super().__init__()
        self.codes = nn.Embedding(n_codes, dim)
        nn.init.uniform_(self.codes.weight, -1 / n_codes, 1 / n_codes)

    def forward(self, z):
        flat = z.permute(0, 2, 3, 1)
        d = torch.cdist(flat.flatten(0, 2), self.codes.weight)
        q = self.codes(d.argmin(dim=1)).view_as(flat).permute(0, 3, 1, 2)
        loss = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
        return z + (q - z).detach(), loss


class VQAutoencoder(nn.Module):
    def __init__(self, in_channels=3, ch=32, n_codes=64, dim=16):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(in_channels, ch, 4, 2, 1), nn.ReLU(True), nn.Conv2d(ch, ch, 3, 1, 1),
                                 ResBlock(ch, ch // 2), ResBlock(ch, ch // 2), nn.ReLU(True), nn.Conv2d(ch, dim, 1))
        self.vq = Quantizer(n_codes, dim)
        self.dec = nn.Sequential(nn.Conv2d(dim, ch, 3, 1, 1), ResBlock(ch, ch // 2), ResBlock(ch, ch // 2),
                                 nn.ReLU(True), nn.ConvTranspose2d(ch, in_channels, 4, 2, 1))

    def forward(self, img):
        q, vq_loss = self.vq(self.enc(img))
        return self.dec(q), vq_loss
