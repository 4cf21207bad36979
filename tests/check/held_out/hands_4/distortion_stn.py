# residua-test: wrong target=DistortionSTN
# What is wrong: Features are flattened with opt.batchSize instead of the input's batch size, so every batch of another size fails
import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument('--batchSize', type=int, default=16)
parser.add_argument('--warpN', type=int, default=3, help='number of refinement warps')
parser.add_argument('--size', type=int, default=32)
opt = parser.parse_args([])


class ResConv(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch), nn.ReLU(),
                                  nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch))

    def forward(self, x):
        return F.relu(x + self.body(x))


class DistortionSTN(nn.Module):
    """Recurrent spatial transformer: predicts an affine warp, refines it warpN times."""

    def __init__(self, in_ch=1, width=16):
        super().__init__()
        self.conv2Layers = nn.Sequential(
            nn.Conv2d(in_ch, width, 5, stride=2, padding=2), nn.ReLU(),
            ResConv(width),
            nn.Conv2d(width, width, 5, stride=2, padding=2), nn.ReLU())
        feat = width * (opt.size // 4) ** 2
        self.linear2Layers = nn.Sequential(nn.Linear(feat, 64), nn.ReLU(), nn.Linear(64, 6))
        nn.init.zeros_(self.linear2Layers[-1].weight)
        nn.init.zeros_(self.linear2Layers[-1].bias)
        self.register_buffer('eye', torch.tensor([[[1., 0., 0.], [0., 1., 0.]]]))

    def forward(self, image):
        theta = self.eye
        warped = image
        for _ in range(opt.warpN):
            feat = self.conv2Layers(warped).reshape(opt.batchSize, -1)  # expect
            theta = theta + self.linear2Layers(feat).view(-1, 2, 3)  # expect
            grid = F.affine_grid(theta, list(image.shape), align_corners=False)
            warped = F.grid_sample(image, grid, align_corners=False)
        return warped, theta
