# residua-test: wrong target=ResnetBlock args=dim=64
# What is wrong: One norm object (own affine parameters, own running statistics) is put into the Sequential twice, so both convolutions are normalised with mixed statistics
import torch.nn as nn


class ResnetBlock(nn.Module):
    """Residual block of an image-translation generator (256 -> 9 blocks, 128 -> 6 blocks)."""

    def __init__(self, dim, padding_type="reflect", use_dropout=False, use_bias=False):
        super().__init__()
        self.conv_block = self.build_conv_block(dim, padding_type, use_dropout, use_bias)

    def build_conv_block(self, dim, padding_type, use_dropout, use_bias):
        norm = nn.BatchNorm2d(dim)  # expect: R121

        def pad_and_conv():
            if padding_type == "reflect":
                return [nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3, padding=0, bias=use_bias)]
            if padding_type == "replicate":
                return [nn.ReplicationPad2d(1), nn.Conv2d(dim, dim, 3, padding=0, bias=use_bias)]
            if padding_type == "zero":
                return [nn.Conv2d(dim, dim, 3, padding=1, bias=use_bias)]
            raise NotImplementedError(f"padding [{padding_type}] is not implemented")

        layers = pad_and_conv() + [norm, nn.ReLU(True)]  # expect
        if use_dropout:
            layers += [nn.Dropout(0.5)]
        layers += pad_and_conv() + [norm]  # expect
        return nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv_block(x)
