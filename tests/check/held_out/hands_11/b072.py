# residua-test: wrong target=SRNet
# What is wrong: one BatchNorm module is used after both convolutions: they share affine parameters and mix running statistics, so eval differs from training.
import torch
import torch.nn as nn


class SRNet(nn.Module):
    def __init__(self, base_channel=64, upscale_factor=2, num_residuals=4):
        super(SRNet, self).__init__()

        self.input_conv = nn.Conv2d(1, base_channel, kernel_size=3, stride=1, padding=1)

        resnet_blocks = []
        for _ in range(num_residuals):
            resnet_blocks.append(ResnetBlock(base_channel))
        self.residual_layers = nn.Sequential(*resnet_blocks)

        self.mid_conv = nn.Conv2d(base_channel, base_channel, kernel_size=3, stride=1, padding=1)
        self.upscale = nn.Sequential(
            nn.Conv2d(base_channel, base_channel * upscale_factor ** 2, 3, 1, 1),
            nn.PixelShuffle(upscale_factor),
        )
        self.output_conv = nn.Conv2d(base_channel, 1, kernel_size=3, stride=1, padding=1)

    def forward(self, x):
        x = self.input_conv(x)
        residual = x
        x = self.residual_layers(x)
        x = self.mid_conv(x)
        x = torch.add(x, residual)
        x = self.upscale(x)
        return self.output_conv(x)


class ResnetBlock(nn.Module):
    def __init__(self, num_channel, kernel=3, stride=1, padding=1):
        super(ResnetBlock, self).__init__()
        self.conv1 = nn.Conv2d(num_channel, num_channel, kernel, stride, padding, bias=False)
        self.conv2 = nn.Conv2d(num_channel, num_channel, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(num_channel)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x):
        residual = x
        x = self.bn(self.conv1(x))
        x = self.activation(x)
        x = self.bn(self.conv2(x))  # expect: R121
        x = torch.add(x, residual)
        return x
