# residua-test: wrong target=ResnetGenerator
# What is wrong: ResnetBlock.forward returns the conv branch alone, the input is never added, so the 'resnet' bottleneck has no skip connections.
import torch
import torch.nn as nn


class ResnetGenerator(nn.Module):
    """image-to-image generator, two downsamplings, n resnet blocks, two upsamplings"""

    def __init__(self, input_nc=3, output_nc=3, ngf=64, n_blocks=6):
        assert n_blocks >= 0
        super(ResnetGenerator, self).__init__()
        self.input_nc = input_nc
        self.output_nc = output_nc

        enc = [nn.ReflectionPad2d(3),
               nn.Conv2d(input_nc, ngf, kernel_size=7, stride=1, padding=0, bias=False),
               nn.InstanceNorm2d(ngf),
               nn.ReLU(True)]
        for i in range(2):
            mult = 2 ** i
            enc += [nn.ReflectionPad2d(1),
                    nn.Conv2d(ngf * mult, ngf * mult * 2, kernel_size=3, stride=2, bias=False),
                    nn.InstanceNorm2d(ngf * mult * 2),
                    nn.ReLU(True)]

        mult = 4
        blocks = []
        for i in range(n_blocks):
            blocks += [ResnetBlock(ngf * mult, use_bias=False)]

        dec = []
        for i in range(2):
            mult = 2 ** (2 - i)
            dec += [nn.Upsample(scale_factor=2, mode='nearest'),
                    nn.ReflectionPad2d(1),
                    nn.Conv2d(ngf * mult, ngf * mult // 2, kernel_size=3, bias=False),
                    nn.InstanceNorm2d(ngf * mult // 2),
                    nn.ReLU(True)]
        dec += [nn.ReflectionPad2d(3),
                nn.Conv2d(ngf, output_nc, kernel_size=7, bias=False),
                nn.Tanh()]

        self.encoder = nn.Sequential(*enc)
        self.bottleneck = nn.Sequential(*blocks)
        self.decoder = nn.Sequential(*dec)

    def forward(self, img):
        z = self.encoder(img)
        z = self.bottleneck(z)
        return self.decoder(z)


class ResnetBlock(nn.Module):
    def __init__(self, dim, use_bias):
        super(ResnetBlock, self).__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(dim, dim, kernel_size=3, bias=use_bias),
            nn.InstanceNorm2d(dim),
            nn.ReLU(True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(dim, dim, kernel_size=3, bias=use_bias),
            nn.InstanceNorm2d(dim),
        )

    def forward(self, x):
        out = self.conv_block(x)  # expect: R102
        return out
