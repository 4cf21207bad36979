# residua-test: wrong target=ResConv
# What is wrong: The 1x1 projection of the skip is created anew inside forward, so it is never registered nor trained and is random at every call.
import torch
import torch.nn as nn


class ResConv(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1):
        super(ResConv, self).__init__()
        self.in_ch = in_ch
        self.out_ch = out_ch
        self.stride = stride
        self.main = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_ch),
            nn.LeakyReLU(0.2),
            nn.Conv2d(out_ch, out_ch, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out_ch),
        )
        self.act = nn.LeakyReLU(0.2)

    def match(self, x):
        if self.in_ch == self.out_ch and self.stride == 1:
            return x
        proj = nn.Conv2d(self.in_ch, self.out_ch, 1, self.stride, bias=False).to(x.device)  # expect: R158
        return proj(x)

    def forward(self, x):
        return self.act(self.main(x) + self.match(x))
