# residua-test: right target=ResnetGenerator
import functools
import torch.nn as nn


class ResnetBlock(nn.Module):
    def __init__(self, dim, padding_type, norm_layer, use_dropout, use_bias):
        super(ResnetBlock, self).__init__()
        pads = {'reflect': nn.ReflectionPad2d, 'replicate': nn.ReplicationPad2d, 'zero': nn.ZeroPad2d}
        if padding_type not in pads:
            raise NotImplementedError('padding [%s] is not implemented' % padding_type)
        block = []
        for last in (False, True):
            block += [pads[padding_type](1), nn.Conv2d(dim, dim, 3, bias=use_bias), norm_layer(dim)]
            if not last:
                block += [nn.ReLU(True)]
                if use_dropout:
                    block += [nn.Dropout(0.5)]
        self.conv_block = nn.Sequential(*block)

    def forward(self, x):
        # no relu here (same as in cyclegan)
        return x + self.conv_block(x)


class ResnetGenerator(nn.Module):
    def __init__(self, input_nc=3, output_nc=3, ngf=16, norm='instance', use_dropout=False, n_blocks=3,
                 padding_type='reflect'):
        super(ResnetGenerator, self).__init__()
        if norm == 'instance':
            norm_layer = functools.partial(nn.InstanceNorm2d, affine=False)
        else:
            norm_layer = nn.BatchNorm2d
        use_bias = False  # every conv but the last is followed by a norm
        model = [nn.ReflectionPad2d(3), nn.Conv2d(input_nc, ngf, 7, bias=use_bias), norm_layer(ngf), nn.ReLU(True)]
        for i in range(2):
            c = ngf * 2 ** i
            model += [nn.Conv2d(c, c * 2, 3, stride=2, padding=1, bias=use_bias), norm_layer(c * 2), nn.ReLU(True)]
        for i in range(n_blocks):
            model += [ResnetBlock(ngf * 4, padding_type, norm_layer, use_dropout, use_bias)]
        for i in range(2):
            c = ngf * 2 ** (2 - i)
            model += [nn.ConvTranspose2d(c, c // 2, 3, stride=2, padding=1, output_padding=1, bias=use_bias),
                      norm_layer(c // 2), nn.ReLU(True)]
        model += [nn.ReflectionPad2d(3), nn.Conv2d(ngf, output_nc, 7), nn.Tanh()]
        self.model = nn.Sequential(*model)

    def forward(self, input):
        return self.model(input)
