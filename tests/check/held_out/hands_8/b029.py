# residua-test: wrong target=SNResDiscriminator
# What is wrong: the shortcut convolution is the only one without spectral norm, so the block is not Lipschitz-bounded as the discriminator says
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm


class Block(nn.Module):
    def __init__(self, in_ch, out_ch, h_ch=None, ksize=3, pad=1, activation=F.relu, downsample=False):
        super(Block, self).__init__()
        self.activation = activation
        self.downsample = downsample
        self.learnable_sc = (in_ch != out_ch) or downsample
        if h_ch is None:
            h_ch = in_ch
        self.c1 = spectral_norm(nn.Conv2d(in_ch, h_ch, ksize, 1, pad))
        self.c2 = spectral_norm(nn.Conv2d(h_ch, out_ch, ksize, 1, pad))
        if self.learnable_sc:
            self.c_sc = nn.Conv2d(in_ch, out_ch, 1, 1, 0)  # expect

    def shortcut(self, x):
        if self.learnable_sc:
            x = self.c_sc(x)
        return F.avg_pool2d(x, 2) if self.downsample else x

    def residual(self, x):
        h = self.c1(self.activation(x))
        h = self.c2(self.activation(h))
        return F.avg_pool2d(h, 2) if self.downsample else h

    def forward(self, x):
        return self.shortcut(x) + self.residual(x)


class SNResDiscriminator(nn.Module):
    """ResNet discriminator whose every layer is spectrally normalised (SN-GAN), no gradient penalty needed."""

    def __init__(self, num_features=16, activation=F.relu):
        super(SNResDiscriminator, self).__init__()
        self.activation = activation
        self.stem = spectral_norm(nn.Conv2d(3, num_features, 3, 1, 1))
        self.block2 = Block(num_features, num_features * 2, activation=activation, downsample=True)
        self.block3 = Block(num_features * 2, num_features * 4, activation=activation, downsample=True)
        self.block4 = Block(num_features * 4, num_features * 4, activation=activation)
        self.l5 = spectral_norm(nn.Linear(num_features * 4, 1))

    def forward(self, x):
        h = self.stem(x)
        h = self.block2(h)
        h = self.block3(h)
        h = self.block4(h)
        h = torch.sum(self.activation(h), dim=(2, 3))
        return self.l5(h)
