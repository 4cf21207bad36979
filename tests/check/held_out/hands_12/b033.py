# residua-test: right target=ResUNet
import torch
import torch.nn as nn
import torch.nn.functional as F


def pad_to(x, stride):
    h, w = x.shape[-2:]
    new_h = -(-h // stride) * stride
    new_w = -(-w // stride) * stride
    top, left = (new_h - h) // 2, (new_w - w) // 2
    pads = (left, new_w - w - left, top, new_h - h - top)
    return F.pad(x, pads), pads


def unpad(x, pads):
    l, r, t, b = pads
    return x[..., t:x.shape[-2] - b, l:x.shape[-1] - r]


class ResConv(nn.Module):
    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_ch),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_ch, out_ch, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_ch),
        )
        self.side = nn.Conv2d(in_ch, out_ch, 1)

    def forward(self, x):
        return F.relu(self.conv(x) + self.side(x))


class ResUNet(nn.Module):
    def __init__(self, in_ch=1, out_ch=1, feats=(8, 16, 32)):
        super().__init__()
        self.stride = 2 ** len(feats)
        self.downs = nn.ModuleList()
        self.ups = nn.ModuleList()
        self.fuse = nn.ModuleList()
        c = in_ch
        for f in feats:
            self.downs.append(ResConv(c, f))
            c = f
        self.bottom = ResConv(c, c * 2)
        c = c * 2
        for f in reversed(feats):
            self.ups.append(nn.ConvTranspose2d(c, f, kernel_size=2, stride=2))
            self.fuse.append(ResConv(f * 2, f))
            c = f
        self.final = nn.Conv2d(c, out_ch, 1)

    def forward(self, img):
        x, pads = pad_to(img, self.stride)
        stack = []
        for down in self.downs:
            x = down(x)
            stack.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        for up, fuse in zip(self.ups, self.fuse):
            x = up(x)
            x = fuse(torch.cat([stack.pop(), x], dim=1))
        return unpad(self.final(x), pads)
