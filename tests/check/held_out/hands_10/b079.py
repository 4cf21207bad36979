# residua-test: right target=R2AttUNet
import torch
import torch.nn as nn


class Recurrent_block(nn.Module):
    """the same conv is unrolled over t time steps (recurrent convolution layer)"""
    def __init__(self, ch_out, t=2):
        super(Recurrent_block, self).__init__()
        self.t = t
        self.ch_out = ch_out
        self.conv = nn.Sequential(
            nn.Conv2d(ch_out, ch_out, kernel_size=3, stride=1, padding=1, bias=True),
            nn.InstanceNorm2d(ch_out, affine=True),
            nn.ReLU(inplace=True)
        )

    def forward(self, x):
        for i in range(self.t):
            if i == 0:
                x1 = self.conv(x)
            x1 = self.conv(x + x1)
        return x1


class RRCNN_block(nn.Module):
    def __init__(self, ch_in, ch_out, t=2):
        super(RRCNN_block, self).__init__()
        self.RCNN = nn.Sequential(
            Recurrent_block(ch_out, t=t),
            Recurrent_block(ch_out, t=t)
        )
        self.Conv_1x1 = nn.Conv2d(ch_in, ch_out, kernel_size=1, stride=1, padding=0)

    def forward(self, x):
        x = self.Conv_1x1(x)
        x1 = self.RCNN(x)
        return x + x1


class Attention_block(nn.Module):
    def __init__(self, F_g, F_l, F_int):
        super(Attention_block, self).__init__()
        self.W_g = nn.Conv2d(F_g, F_int, kernel_size=1)
        self.W_x = nn.Conv2d(F_l, F_int, kernel_size=1)
        self.psi = nn.Sequential(nn.ReLU(), nn.Conv2d(F_int, 1, kernel_size=1), nn.Sigmoid())

    def forward(self, g, x):
        return x * self.psi(self.W_g(g) + self.W_x(x))


class R2AttUNet(nn.Module):
    def __init__(self, img_ch=1, output_ch=1, t=2, f=8):
        super(R2AttUNet, self).__init__()
        self.Maxpool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.enc = nn.ModuleList([RRCNN_block(img_ch, f, t), RRCNN_block(f, 2 * f, t), RRCNN_block(2 * f, 4 * f, t)])
        self.up, self.att, self.dec = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for k in (2, 1):
            self.up.append(nn.Sequential(nn.Upsample(scale_factor=2),
                                         nn.Conv2d(2 * k * f, k * f, 3, 1, 1), nn.ReLU(inplace=True)))
            self.att.append(Attention_block(k * f, k * f, max(k * f // 2, 1)))
            self.dec.append(RRCNN_block(2 * k * f, k * f, t))
        self.Conv_1x1 = nn.Conv2d(f, output_ch, kernel_size=1)

    def forward(self, x):
        skips = []
        for i, e in enumerate(self.enc):
            x = e(x if i == 0 else self.Maxpool(x))
            skips.append(x)
        d = skips.pop()
        for up, att, dec in zip(self.up, self.att, self.dec):
            d = up(d)
            s = att(g=d, x=skips.pop())
            d = dec(torch.cat((s, d), dim=1))
        return self.Conv_1x1(d)
