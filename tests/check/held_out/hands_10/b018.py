# residua-test: wrong target=CNNModel
# What is wrong: x_skip is set before the inner loop and not renewed after each block, so every block of a stage adds the stage's first input instead of its own input.
import torch
from torch import nn
import torch.nn.functional as F


class CNNModel(nn.Module):
    """CIFAR-10 net of the paper, 6n+2 layers, plain or residual."""

    def __init__(self, n_size_factor, res_net=False):
        super().__init__()

        self.n = n_size_factor
        self.res_net = res_net
        self.filters = [16, 32, 64]
        self.layers = nn.ModuleDict()

        # "The first layer is 3x3 convolutions."
        self.layers['conv_initial'] = nn.Conv2d(3, 16, kernel_size=3, padding='same')
        self.layers['bn_initial'] = nn.BatchNorm2d(16)

        c_in = 16
        for s, c in enumerate(self.filters):
            for b in range(self.n):
                stride = 2 if (s > 0 and b == 0) else 1
                self.layers[f'conv_{s}_{b}_0'] = nn.Conv2d(c_in, c, 3, stride=stride, padding=1)
                self.layers[f'bn_{s}_{b}_0'] = nn.BatchNorm2d(c)
                self.layers[f'conv_{s}_{b}_1'] = nn.Conv2d(c, c, 3, padding=1)
                self.layers[f'bn_{s}_{b}_1'] = nn.BatchNorm2d(c)
                c_in = c

        self.layers['fc'] = nn.Linear(64, 10)

    def match(self, x, c):
        # option A: subsample, pad the channels with zeros
        if x.shape[1] != c:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, c - x.shape[1]))
        return x

    def forward(self, x):
        x = F.relu(self.layers['bn_initial'](self.layers['conv_initial'](x)))

        for s, c in enumerate(self.filters):
            x_skip = x  # expect
            for b in range(self.n):
                x = F.relu(self.layers[f'bn_{s}_{b}_0'](self.layers[f'conv_{s}_{b}_0'](x)))
                x = self.layers[f'bn_{s}_{b}_1'](self.layers[f'conv_{s}_{b}_1'](x))
                if self.res_net:
                    x = x + self.match(x_skip, c)
                x = F.relu(x)

        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.layers['fc'](x)
