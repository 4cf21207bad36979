# residua-test: wrong target=StyleNet
# What is wrong: With norm='in' nn.InstanceNorm2d has no affine weight by default, so the zero-init of the last norm's weight fails (NoneType) when the network is built.
import torch
import torch.nn as nn

NORMS = {
    "bn": nn.BatchNorm2d,
    "in": nn.InstanceNorm2d,  # expect: R161
    "gn": lambda c: nn.GroupNorm(8, c),
}


class Res(nn.Module):
    def __init__(self, c, norm_layer):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.n1 = norm_layer(c)
        self.conv2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.n2 = norm_layer(c)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.act(self.n1(self.conv1(x)))
        y = self.n2(self.conv2(y))
        return self.act(x + y)


class StyleNet(nn.Module):
    """Image encoder; norm is one of bn, in, gn."""

    def __init__(self, norm="bn", ch=32, blocks=3, zero_init_residual=True):
        super().__init__()
        norm_layer = NORMS[norm]
        self.stem = nn.Sequential(nn.Conv2d(3, ch, 5, 2, 2, bias=False), norm_layer(ch), nn.ReLU(inplace=True))
        self.body = nn.Sequential(*[Res(ch, norm_layer) for _ in range(blocks)])
        self.out = nn.Conv2d(ch, 64, 1)
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, Res):
                    nn.init.zeros_(m.n2.weight)

    def forward(self, x):
        return self.out(self.body(self.stem(x))).mean((2, 3))
