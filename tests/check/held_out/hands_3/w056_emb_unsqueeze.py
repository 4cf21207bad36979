# residua-test: wrong target=TimeResBlock args='in_ch=16, out_ch=32, emb_ch=48'
# What is wrong: the embedding is given only one trailing axis for a 4-D feature map (needs [:, :, None, None])
import torch
from torch import nn
import torch.nn.functional as F


class TimeResBlock(nn.Module):
    def __init__(self, in_ch, out_ch, emb_ch, groups=8):
        super().__init__()
        self.gn1 = nn.GroupNorm(groups, in_ch)
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.emb = nn.Linear(emb_ch, out_ch)
        self.gn2 = nn.GroupNorm(groups, out_ch)
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.nin = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def forward(self, x, temb):
        h = self.conv1(F.silu(self.gn1(x)))
        h = h + self.emb(F.silu(temb))[:, :, None]  # expect: R206
        h = self.conv2(F.silu(self.gn2(h)))
        return h + self.nin(x)
