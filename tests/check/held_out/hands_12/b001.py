# residua-test: right target=MBConvBlock args='BlockArgs(16, 16, 3, 1, 4, 0.25), drop_connect_rate=0.2'
import collections

import torch
from torch import nn
from torch.nn import functional as F

BlockArgs = collections.namedtuple('BlockArgs', [
    'input_filters', 'output_filters', 'kernel_size', 'stride', 'expand_ratio', 'se_ratio'])

TF_BN_MOMENTUM = 0.99


def drop_connect(inputs, p, training):
    if not training:
        return inputs
    keep_prob = 1 - p
    random_tensor = keep_prob
    random_tensor += torch.rand([inputs.shape[0], 1, 1, 1], dtype=inputs.dtype, device=inputs.device)
    return inputs / keep_prob * torch.floor(random_tensor)


class MBConvBlock(nn.Module):
    def __init__(self, block_args, drop_connect_rate=0.0):
        super().__init__()
        self._block_args = a = block_args
        self.drop_connect_rate = drop_connect_rate
        bn = dict(momentum=1 - TF_BN_MOMENTUM, eps=1e-3)

        oup = a.input_filters * a.expand_ratio
        if a.expand_ratio != 1:
            self._expand_conv = nn.Conv2d(a.input_filters, oup, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(oup, **bn)

        self._depthwise_conv = nn.Conv2d(oup, oup, a.kernel_size, a.stride, a.kernel_size // 2, groups=oup, bias=False)
        self._bn1 = nn.BatchNorm2d(oup, **bn)

        squeezed = max(1, int(a.input_filters * a.se_ratio))
        self._se_reduce = nn.Conv2d(oup, squeezed, 1)
        self._se_expand = nn.Conv2d(squeezed, oup, 1)

        self._project_conv = nn.Conv2d(oup, a.output_filters, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(a.output_filters, **bn)

    def forward(self, inputs):
        x = inputs
        if self._block_args.expand_ratio != 1:
            x = F.silu(self._bn0(self._expand_conv(inputs)))
        x = F.silu(self._bn1(self._depthwise_conv(x)))

        x_squeezed = F.adaptive_avg_pool2d(x, 1)
        x_squeezed = self._se_expand(F.silu(self._se_reduce(x_squeezed)))
        x = torch.sigmoid(x_squeezed) * x

        x = self._bn2(self._project_conv(x))

        # Skip connection and drop connect
        if self._block_args.stride == 1 and self._block_args.input_filters == self._block_args.output_filters:
            if self.drop_connect_rate:
                x = drop_connect(x, p=self.drop_connect_rate, training=self.training)
            x = x + inputs
        return x
