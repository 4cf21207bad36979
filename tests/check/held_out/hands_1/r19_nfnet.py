# residua-test: right target=NFBlock
import torch, torch.nn as nn, torch.nn.functional as F
class WSConv(nn.Conv2d):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.gain = nn.Parameter(torch.ones(self.out_channels, 1, 1, 1))
    def forward(self, x):
        v, m = torch.var_mean(self.weight, dim=(1, 2, 3), keepdim=True)
        w = (self.weight - m) * torch.rsqrt(v * self.weight[0].numel() + 1e-4) * self.gain
        return F.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)
class NFBlock(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1, alpha=0.2, beta=1.0):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.c1 = WSConv(in_ch, out_ch // 2, 1); self.c2 = WSConv(out_ch // 2, out_ch // 2, 3, stride, 1); self.c3 = WSConv(out_ch // 2, out_ch, 1)
        self.sk = WSConv(in_ch, out_ch, 1) if in_ch != out_ch or stride > 1 else None
        self.pool = nn.AvgPool2d(2, 2) if stride > 1 else nn.Identity()  # found: R148
        self.skip_gain = nn.Parameter(torch.zeros(()))
    def forward(self, x):
        o = F.relu(x) * 1.7139588594436646 * self.beta
        s = self.sk(self.pool(o)) if self.sk is not None else x
        o = self.c1(o)
        o = self.c2(F.relu(o) * 1.7139588594436646)
        o = self.c3(F.relu(o) * 1.7139588594436646)
        return o * self.skip_gain * self.alpha + s
