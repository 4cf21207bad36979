# residua-test: right target=B style='post-activation basic'
import torch.nn as nn


class B(nn.Module):
    def __init__(
        self, cin, cout, stride=1, dilation=1, use_se=False, act="relu", last_act=True, drop_path=0.0, kernel_size=3
    ):
        super().__init__()
        p = dilation * (kernel_size - 1) // 2
        self.act = nn.ReLU() if act == "relu" else nn.SiLU() if act == "silu" else nn.GELU()
        self.c1 = nn.Conv2d(cin, cout, kernel_size, stride, p, dilation, bias=False)
        self.n1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, kernel_size, 1, p, dilation, bias=False)
        self.n2 = nn.BatchNorm2d(cout)
        self.se = None
        if use_se:
            self.se = nn.Sequential(
                nn.AdaptiveAvgPool2d(1), nn.Conv2d(cout, 8, 1), nn.ReLU(), nn.Conv2d(8, cout, 1), nn.Sigmoid())
        self.last_act = last_act
        self.drop_path = drop_path
        self.sc = nn.Identity()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.n2(self.c2(self.act(self.n1(self.c1(x)))))
        if self.se is not None:
            y = y * self.se(y)
        if self.drop_path and self.training:
            keep = 1 - self.drop_path
            y = y * x.new_empty(x.size(0), 1, 1, 1).bernoulli_(keep).div_(keep)
        y = y + self.sc(x)
        return self.act(y) if self.last_act else y
