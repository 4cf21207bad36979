# residua-test: wrong target=RCABGroup
# What is wrong: the channel attention is computed on the block's input (self.ca(x)) instead of on the result of the convolutions, which is discarded
import torch.nn as nn


class CALayer(nn.Module):
    def __init__(self, channel, reduction=16):
        super(CALayer, self).__init__()
        # global average pooling: feature --> point
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        # feature channel downscale and upscale --> channel weight
        self.conv_du = nn.Sequential(
            nn.Conv2d(channel, channel // reduction, 1, padding=0, bias=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel // reduction, channel, 1, padding=0, bias=True),
            nn.Sigmoid()
        )

    def forward(self, x):
        y = self.avg_pool(x)
        y = self.conv_du(y)
        return x * y


class RCAB(nn.Module):
    def __init__(self, n_feat, kernel_size=3, reduction=16):
        super(RCAB, self).__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_feat, n_feat, kernel_size, padding=kernel_size // 2),
            nn.ReLU(True),
            nn.Conv2d(n_feat, n_feat, kernel_size, padding=kernel_size // 2),
        )
        self.ca = CALayer(n_feat, reduction)

    def forward(self, x):
        res = self.body(x)
        res = self.ca(x)  # expect: R103
        return res + x


## Residual Group (RG)
class RCABGroup(nn.Module):
    def __init__(self, n_feat=32, kernel_size=3, reduction=8, n_resblocks=3):
        super(RCABGroup, self).__init__()
        modules_body = [RCAB(n_feat, kernel_size, reduction) for _ in range(n_resblocks)]
        modules_body.append(nn.Conv2d(n_feat, n_feat, kernel_size, padding=kernel_size // 2))
        self.body = nn.Sequential(*modules_body)

    def forward(self, x):
        res = self.body(x)
        res = res + x
        return res
