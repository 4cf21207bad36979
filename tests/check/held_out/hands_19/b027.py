# residua-test: wrong target=Critic
# What is wrong: batch normalisation in a critic that is trained with a per-sample gradient penalty; it ties the samples of a batch together and makes the penalty meaningless.
import torch
import torch.nn as nn
import torch.nn.functional as F


class DBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)  # expect
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(out_channels)  # expect
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x):
        h = self.conv1(F.relu(self.norm1(x)))
        h = self.conv2(F.relu(self.norm2(h)))
        return F.avg_pool2d(h, 2) + self.skip(F.avg_pool2d(x, 2))


class Critic(nn.Module):
    def __init__(self, channels=3, width=32):
        super().__init__()
        self.inp = nn.Conv2d(channels, width, 3, padding=1)
        self.body = nn.Sequential(DBlock(width, width), DBlock(width, 2 * width), DBlock(2 * width, 2 * width))
        self.out = nn.Linear(2 * width, 1)

    def forward(self, img):
        h = F.relu(self.body(self.inp(img)))
        return self.out(h.mean(dim=(2, 3))).view(-1)


def gradient_penalty(critic, real, fake, lam=10.0):
    eps = torch.rand(real.size(0), 1, 1, 1, device=real.device)
    mix = (eps * real + (1 - eps) * fake).requires_grad_(True)
    grad, = torch.autograd.grad(critic(mix).sum(), mix, create_graph=True)
    return lam * ((grad.flatten(1).norm(2, dim=1) - 1) ** 2).mean()
