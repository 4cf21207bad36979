# residua-test: wrong target=MBConvBlock
# What is wrong: the first squeeze convolution is applied to x instead of to the pooled s, so nothing is squeezed: the gate has no global context and is a per-pixel one
import torch
import torch.nn as nn
import torch.nn.functional as F


class MBConvBlock(nn.Module):
    """ Mobile inverted residual bottleneck with squeeze and excite (0 < se_ratio <= 1) """

    def __init__(self, input_filters, output_filters, kernel_size=3, strides=1, expand_ratio=6, se_ratio=0.25):
        super().__init__()
        self.id_skip = strides == 1 and input_filters == output_filters
        filters = input_filters * expand_ratio
        self.expand_conv = nn.Conv2d(input_filters, filters, 1, bias=False)
        self.bn0 = nn.BatchNorm2d(filters, momentum=0.01, eps=1e-3)
        self.depthwise_conv = nn.Conv2d(filters, filters, kernel_size, strides, padding=kernel_size // 2,
                                        groups=filters, bias=False)
        self.bn1 = nn.BatchNorm2d(filters, momentum=0.01, eps=1e-3)

        num_reduced_filters = max(1, int(input_filters * se_ratio))
        self.se_reduce = nn.Conv2d(filters, num_reduced_filters, 1)
        self.se_expand = nn.Conv2d(num_reduced_filters, filters, 1)

        self.project_conv = nn.Conv2d(filters, output_filters, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(output_filters, momentum=0.01, eps=1e-3)

    def forward(self, inputs):
        x = F.silu(self.bn0(self.expand_conv(inputs)))
        x = F.silu(self.bn1(self.depthwise_conv(x)))

        # Squeeze and Excitation
        s = F.adaptive_avg_pool2d(x, 1)  # expect
        s = F.silu(self.se_reduce(x))  # expect: R155
        s = torch.sigmoid(self.se_expand(s))
        x = x * s

        x = self.bn2(self.project_conv(x))
        if self.id_skip:
            x = x + inputs
        return x
