# residua-test: right target=MWCNN
import torch
import torch.nn as nn


def dwt_init(x):
    x01 = x[:, :, 0::2, :] / 2
    x02 = x[:, :, 1::2, :] / 2
    x1 = x01[:, :, :, 0::2]
    x2 = x02[:, :, :, 0::2]
    x3 = x01[:, :, :, 1::2]
    x4 = x02[:, :, :, 1::2]
    x_LL = x1 + x2 + x3 + x4
    x_HL = -x1 - x2 + x3 + x4
    x_LH = -x1 + x2 - x3 + x4
    x_HH = x1 - x2 - x3 + x4
    return torch.cat((x_LL, x_HL, x_LH, x_HH), 1)


def iwt_init(x):
    b, c, h, w = x.size()
    ll, hl, lh, hh = (t / 2 for t in torch.chunk(x, 4, dim=1))
    out = x.new_zeros(b, c // 4, 2 * h, 2 * w)
    out[:, :, 0::2, 0::2] = ll - hl - lh + hh
    out[:, :, 1::2, 0::2] = ll - hl + lh - hh
    out[:, :, 0::2, 1::2] = ll + hl - lh - hh
    out[:, :, 1::2, 1::2] = ll + hl + lh + hh
    return out


class DWT(nn.Module):
    def forward(self, x):
        return dwt_init(x)


class IWT(nn.Module):
    def forward(self, x):
        return iwt_init(x)


def block(cin, cout, n=2):
    layers = []
    for i in range(n):
        layers += [nn.Conv2d(cin if i == 0 else cout, cout, 3, padding=1), nn.ReLU(True)]
    return nn.Sequential(*layers)


class MWCNN(nn.Module):
    def __init__(self, nc=1, nf=16):
        super(MWCNN, self).__init__()
        self.DWT = DWT()
        self.IWT = IWT()
        self.d_l1 = block(4 * nc, nf)
        self.d_l2 = block(4 * nf, 2 * nf)
        # two times dilated at the bottom, back to 4*nf for the IWT
        self.mid = nn.Sequential(
            nn.Conv2d(2 * nf, 2 * nf, 3, padding=2, dilation=2), nn.ReLU(True),
            nn.Conv2d(2 * nf, 2 * nf, 3, padding=3, dilation=3), nn.ReLU(True),
            nn.Conv2d(2 * nf, 4 * nf, 3, padding=1))
        self.i_l1 = nn.Sequential(block(nf, nf, 1), nn.Conv2d(nf, 4 * nc, 3, padding=1))

    def forward(self, x):
        # H and W multiple of 4
        x1 = self.d_l1(self.DWT(x))
        x2 = self.mid(self.d_l2(self.DWT(x1)))
        y = self.IWT(x2) + x1
        y = self.IWT(self.i_l1(y)) + x
        return y
