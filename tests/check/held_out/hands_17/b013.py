# residua-test: wrong target=PhotoTranslator
# What is wrong: the residual unit of the generator returns its branch without adding the input
import torch
import torch.nn as nn


class TranslatorResBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        body = [nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3, bias=False), nn.InstanceNorm2d(dim, affine=True), nn.ReLU()]
        body += [nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3, bias=False), nn.InstanceNorm2d(dim, affine=True)]
        self.body = nn.Sequential(*body)

    def forward(self, x):
        out = self.body(x)  # expect
        return out


class PhotoTranslator(nn.Module):
    """Image to image generator: two reductions, n residual units, two enlargements."""

    def __init__(self, colours=3, ngf=16, n_blocks=4):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(colours, ngf, 7, bias=False), nn.InstanceNorm2d(ngf, affine=True), nn.ReLU()]
        for mult in (1, 2):
            layers += [
                nn.Conv2d(ngf * mult, ngf * mult * 2, 3, stride=2, padding=1, bias=False),
                nn.InstanceNorm2d(ngf * mult * 2, affine=True),
                nn.ReLU(),
            ]
        layers += [TranslatorResBlock(ngf * 4) for _ in range(n_blocks)]
        for mult in (4, 2):
            layers += [
                nn.Upsample(scale_factor=2),
                nn.Conv2d(ngf * mult, ngf * mult // 2, 3, padding=1, bias=False),
                nn.InstanceNorm2d(ngf * mult // 2, affine=True),
                nn.ReLU(),
            ]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(ngf, colours, 7), nn.Tanh()]
        self.net = nn.Sequential(*layers)

    def forward(self, image):
        return self.net(image)  # found: R102
