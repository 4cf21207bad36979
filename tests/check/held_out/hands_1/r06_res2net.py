# residua-test: right target=Bottle2neck
import torch, torch.nn as nn
class Bottle2neck(nn.Module):
    def __init__(self, channels, scale=4):
        super().__init__()
        w = channels // scale
        self.c1 = nn.Conv2d(channels, w * scale, 1, bias=False); self.b1 = nn.BatchNorm2d(w * scale)
        self.convs = nn.ModuleList([nn.Conv2d(w, w, 3, padding=1, bias=False) for _ in range(scale - 1)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(w) for _ in range(scale - 1)])
        self.c3 = nn.Conv2d(w * scale, channels, 1, bias=False); self.b3 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.width, self.scale = w, scale
    def forward(self, x):
        o = self.relu(self.b1(self.c1(x)))
        spx = torch.split(o, self.width, 1)
        outs = []
        for i, (c, b) in enumerate(zip(self.convs, self.bns)):
            sp = spx[i] if i == 0 else sp + spx[i]
            sp = self.relu(b(c(sp)))
            outs.append(sp)
        outs.append(spx[-1])
        o = self.b3(self.c3(torch.cat(outs, 1)))
        return self.relu(o + x)
