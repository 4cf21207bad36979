# residua-test: wrong target=MBConvBlock
# What is wrong: The squeeze of the SE gate averages over the batch dimension too, so the gate of one image depends on the other images in the batch.
import torch
import torch.nn as nn


class MBConvBlock(nn.Module):
    def __init__(self, in_ch=24, out_ch=24, expand=4, kernel=3, stride=1, se_ratio=0.25):
        super().__init__()
        mid = in_ch * expand
        sq = max(1, int(in_ch * se_ratio))
        self.has_skip = stride == 1 and in_ch == out_ch

        self.expand = nn.Sequential(nn.Conv2d(in_ch, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.dw = nn.Sequential(
            nn.Conv2d(mid, mid, kernel, stride, kernel // 2, groups=mid, bias=False),
            nn.BatchNorm2d(mid),
            nn.SiLU(),
        )
        self.se_reduce = nn.Conv2d(mid, sq, 1)
        self.se_expand = nn.Conv2d(sq, mid, 1)
        self.act = nn.SiLU()
        self.project = nn.Sequential(nn.Conv2d(mid, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch))

    def forward(self, x):
        h = self.dw(self.expand(x))

        # squeeze & excite
        s = h.mean(dim=(0, 2, 3), keepdim=True)  # expect: R147
        s = self.se_expand(self.act(self.se_reduce(s)))
        h = h * torch.sigmoid(s)

        h = self.project(h)
        if self.has_skip:
            h = h + x
        return h
