# residua-test: wrong target=Generator
# What is wrong: The convolution pads by one again after the reflection padding, so every unit grows the map by two pixels and the skip addition crashes.
import torch
import torch.nn as nn


def conv_unit(c):
    return [
        nn.ReflectionPad2d(1),
        nn.Conv2d(c, c, kernel_size=3, padding=1),  # expect: R130
        nn.InstanceNorm2d(c),
    ]


class ResnetBlock(nn.Module):
    def __init__(self, c, use_dropout=False):
        super().__init__()
        seq = conv_unit(c) + [nn.ReLU(True)]
        if use_dropout:
            seq.append(nn.Dropout(0.5))
        seq += conv_unit(c)
        self.conv_block = nn.Sequential(*seq)

    def forward(self, x):
        return x + self.conv_block(x)


class Generator(nn.Module):
    """Horse <-> zebra, reduced."""

    def __init__(self, input_nc=3, output_nc=3, ngf=16, n_blocks=3):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(input_nc, ngf, 7), nn.InstanceNorm2d(ngf), nn.ReLU(True)]
        for mult in (1, 2):
            layers += [nn.Conv2d(ngf * mult, ngf * mult * 2, 3, stride=2, padding=1),
                       nn.InstanceNorm2d(ngf * mult * 2), nn.ReLU(True)]
        layers += [ResnetBlock(ngf * 4) for _ in range(n_blocks)]
        for mult in (4, 2):
            layers += [nn.ConvTranspose2d(ngf * mult, ngf * mult // 2, 3, stride=2, padding=1, output_padding=1),
                       nn.InstanceNorm2d(ngf * mult // 2), nn.ReLU(True)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(ngf, output_nc, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        return self.model(x)
