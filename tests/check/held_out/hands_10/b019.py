# residua-test: wrong target=resunet
# What is wrong: residualConnections is accepted and stored but not passed on to the encoder/decoder modules, which default to False: the res-unet has no residual connections.
import torch
import torch.nn as nn
import torch.nn.functional as F


class EncodingModule(nn.Module):
    def __init__(self, input_channels, output_channels, res=False):
        super().__init__()
        self.res = res
        self.in_0 = nn.InstanceNorm3d(output_channels, affine=True)
        self.in_1 = nn.InstanceNorm3d(output_channels, affine=True)
        self.conv0 = nn.Conv3d(input_channels, output_channels, 3, padding=1)
        self.conv1 = nn.Conv3d(output_channels, output_channels, 3, padding=1)

    def forward(self, x):
        x = self.conv0(x)
        skip = x if self.res else None
        x = F.leaky_relu(self.in_0(x))
        x = self.in_1(self.conv1(x))
        if self.res:  # found: R102
            x = x + skip
        return F.leaky_relu(x)


class DecodingModule(nn.Module):
    def __init__(self, input_channels, skip_channels, output_channels, res=False):
        super().__init__()
        self.up = nn.ConvTranspose3d(input_channels, output_channels, 2, stride=2)
        self.body = EncodingModule(output_channels + skip_channels, output_channels, res=res)

    def forward(self, x, skip):
        return self.body(torch.cat([self.up(x), skip], dim=1))


class resunet(nn.Module):
    """
    UNet with residual connections, 3D
    """

    def __init__(self, n_channels, n_classes, base_filters=8, residualConnections=True):
        super().__init__()
        self.residualConnections = residualConnections  # expect
        self.en_1 = EncodingModule(n_channels, base_filters)
        self.en_2 = EncodingModule(base_filters, base_filters * 2)
        self.en_3 = EncodingModule(base_filters * 2, base_filters * 4)
        self.de_2 = DecodingModule(base_filters * 4, base_filters * 2, base_filters * 2)
        self.de_1 = DecodingModule(base_filters * 2, base_filters, base_filters)
        self.out = nn.Conv3d(base_filters, n_classes, 1)

    def forward(self, x):
        x1 = self.en_1(x)
        x2 = self.en_2(F.max_pool3d(x1, 2))
        x3 = self.en_3(F.max_pool3d(x2, 2))
        y = self.de_2(x3, x2)
        y = self.de_1(y, x1)
        return self.out(y)
