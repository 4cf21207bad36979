# residua-test: right target=ResnetBlock
import torch.nn as nn


class ResnetBlock(nn.Module):
    """Residual block of the CycleGAN generator."""

    def __init__(self, dim, padding_type="reflect", use_dropout=False):
        super().__init__()
        self.conv_block = self.build_conv_block(dim, padding_type, use_dropout)

    def build_conv_block(self, dim, padding_type, use_dropout):
        def conv():
            if padding_type == "reflect":
                return [nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, kernel_size=3, padding=0)]
            if padding_type == "zero":
                return [nn.Conv2d(dim, dim, kernel_size=3, padding=1)]
            raise NotImplementedError(padding_type)

        block = conv() + [nn.InstanceNorm2d(dim), nn.ReLU(True)]
        if use_dropout:
            block += [nn.Dropout(0.5)]
        block += conv() + [nn.InstanceNorm2d(dim)]
        return nn.Sequential(*block)

    def forward(self, x):
        out = x + self.conv_block(x)
        return out
