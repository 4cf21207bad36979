# residua-test: wrong target=CondResBlock
# What is wrong: `x_orig` (the identity) is saved but never added, so the block called residual has no skip
import torch
import torch.nn as nn
import torch.nn.functional as F


class CondResBlock(nn.Module):
    """ResNet block for the energy model, conditioned on a one-hot label by gain and bias."""

    def __init__(self, filters, latent_dim, im_size=64, downsample=False):
        super(CondResBlock, self).__init__()

        self.filters = filters
        self.latent_dim = latent_dim
        self.im_size = im_size
        self.downsample = downsample

        self.conv1 = nn.Conv2d(filters, filters, kernel_size=3, stride=1, padding=1)
        self.conv2 = nn.Conv2d(filters, filters, kernel_size=3, stride=1, padding=1)

        self.latent_map = nn.Linear(latent_dim, 2 * filters)
        self.latent_map_2 = nn.Linear(latent_dim, 2 * filters)

        if downsample:
            self.conv_downsample = nn.Conv2d(filters, 2 * filters, kernel_size=3, stride=1, padding=1)
            self.avg_pool = nn.AvgPool2d(3, stride=2, padding=1)

    def forward(self, x, latent):
        x_orig = x

        latent_1 = self.latent_map(latent)
        gain, bias = latent_1.view(-1, 2 * self.filters, 1, 1).chunk(2, dim=1)
        x = self.conv1(x)
        x = (1 + gain) * x + bias
        x = F.leaky_relu(x, 0.2)

        latent_2 = self.latent_map_2(latent)
        gain, bias = latent_2.view(-1, 2 * self.filters, 1, 1).chunk(2, dim=1)
        x = self.conv2(x)
        x = (1 + gain) * x + bias
        x = F.leaky_relu(x, 0.2)  # expect: R102

        if self.downsample:
            x = F.leaky_relu(self.conv_downsample(x), 0.2)
            x = self.avg_pool(x)

        return x
