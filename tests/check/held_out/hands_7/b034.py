# residua-test: right target=WideNet
import torch
from torch import nn
from torch.nn import functional as F


class Wide(nn.Module):
    def __init__(self, a, b, step, p):
        super().__init__()
        self.norm_a = nn.BatchNorm2d(a)
        self.norm_b = nn.BatchNorm2d(b)
        self.w1 = nn.Conv2d(a, b, 3, step, 1, bias=False)
        self.w2 = nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.p = p
        self.changes = a != b or step != 1
        if self.changes:
            self.w_skip = nn.Conv2d(a, b, 1, step, bias=False)

    def forward(self, x):
        act = F.relu_(self.norm_a(x))
        if self.changes:
            # activation shared by both ways
            x = self.w_skip(act)
        y = F.relu_(self.norm_b(self.w1(act)))
        if self.p:
            y = F.dropout(y, self.p, self.training)
        return x + self.w2(y)


class WideNet(nn.Module):
    def __init__(self, depth=16, k=2, p=0.3, classes=10):
        super().__init__()
        n, rest = divmod(depth - 4, 6)
        assert rest == 0, "depth is 6n + 4"
        seq, a = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)], 16
        for g in range(3):
            b = k * 16 << g
            for i in range(n):
                seq.append(Wide(a, b, 2 if g and not i else 1, p))
                a = b
        self.trunk = nn.Sequential(*seq, nn.BatchNorm2d(a), nn.ReLU(inplace=True))
        self.out = nn.Linear(a, classes)
        self.apply(self._init)

    @staticmethod
    @torch.no_grad()
    def _init(m):
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out")
        elif isinstance(m, nn.Linear):
            m.bias.zero_()

    def forward(self, img):
        return self.out(self.trunk(img).mean((2, 3)))
