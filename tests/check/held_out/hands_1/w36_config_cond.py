# residua-test: wrong target=CfgBlock
# What is wrong: projection only when channels change, not on stride
import torch.nn as nn

class CfgBlock(nn.Module):
    def __init__(self, cfg=None, **kw):
        super().__init__()
        c = dict(in_channels=64, out_channels=64, stride=2, act='relu')
        c.update(cfg or {}); c.update(kw)
        i, o, s = c['in_channels'], c['out_channels'], c['stride']
        self.conv1 = nn.Conv2d(i, o, 3, s, 1, bias=False); self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(o)
        self.act = {'relu': nn.ReLU(), 'silu': nn.SiLU()}[c['act']]
        self.short = nn.Conv2d(i, o, 1, s, bias=False) if i != o else None  # expect
    def forward(self, x):
        h = self.act(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        return self.act(h + (x if self.short is None else self.short(x)))  # expect: R114
