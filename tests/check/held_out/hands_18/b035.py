# residua-test: right target=ResidualDenseBlock
import torch
import torch.nn as nn


class ResidualDenseBlock(nn.Module):
    def __init__(self, num_feat=32, num_grow_ch=16):
        super().__init__()
        for i in range(4):
            self.add_module(f'conv{i + 1}', nn.Conv2d(num_feat + i * num_grow_ch, num_grow_ch, 3, 1, 1))
        self.conv5 = nn.Conv2d(num_feat + 4 * num_grow_ch, num_feat, 3, 1, 1)
        self.lrelu = nn.LeakyReLU(negative_slope=0.2, inplace=True)
        with torch.no_grad():
            for m in self.children():
                if isinstance(m, nn.Conv2d):
                    nn.init.kaiming_normal_(m.weight)
                    m.weight.mul_(0.1)
                    m.bias.zero_()

    def forward(self, x):
        feats = [x]
        for i in range(4):
            conv = getattr(self, f'conv{i + 1}')
            feats.append(self.lrelu(conv(torch.cat(feats, 1))))
        x5 = self.conv5(torch.cat(feats, 1))
        # residual scaling, empirically 0.2
        return x5 * 0.2 + x
