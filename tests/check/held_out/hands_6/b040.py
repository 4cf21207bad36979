# residua-test: right target=ResnetBlock
import torch
import torch.nn as nn


class ResnetBlock(nn.Module):
    def __init__(self, dim=32, padding_type='reflect', norm_layer=nn.InstanceNorm2d, use_dropout=False, dilation=1):
        super(ResnetBlock, self).__init__()
        self.conv_block = self.build_conv_block(dim, padding_type, norm_layer, use_dropout, dilation)

    def build_conv_block(self, dim, padding_type, norm_layer, use_dropout, dilation):
        conv_block = []
        for i, d in enumerate((dilation, 1)):
            p = 0
            if padding_type == 'reflect':
                conv_block += [nn.ReflectionPad2d(d)]
            elif padding_type == 'replicate':
                conv_block += [nn.ReplicationPad2d(d)]
            elif padding_type == 'zero':
                p = d
            else:
                raise NotImplementedError('padding [%s] is not implemented' % padding_type)
            conv_block += [nn.Conv2d(dim, dim, kernel_size=3, padding=p, dilation=d), norm_layer(dim)]
            if i == 0:
                conv_block += [nn.ReLU(True)]
                if use_dropout:
                    conv_block += [nn.Dropout(0.5)]
        return nn.Sequential(*conv_block)

    def forward(self, x):
        out = x + self.conv_block(x)
        return out
