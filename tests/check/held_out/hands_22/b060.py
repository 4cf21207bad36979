# residua-test: right target=SEResNeXtUNetEncoder
# Why it is right: A 3-D SE-ResNeXt encoder: grouped 3x3x3, gate on the branch, projection where shape changes, last norm of each branch started at zero after the general init.
import torch
import torch.nn as nn


class SE3D(nn.Module):
    def __init__(self, ch, r=4):
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool3d(1), nn.Conv3d(ch, ch // r, 1), nn.ReLU(), nn.Conv3d(ch // r, ch, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return self.gate(x) * x


class Unit(nn.Module):
    def __init__(self, cin, cout, stride=1, groups=4):
        super().__init__()
        mid = cout // 2
        self.branch = nn.Sequential(
            nn.Conv3d(cin, mid, 1, bias=False), nn.InstanceNorm3d(mid, affine=True), nn.LeakyReLU(0.01),
            nn.Conv3d(mid, mid, 3, stride, 1, groups=groups, bias=False),
            nn.InstanceNorm3d(mid, affine=True), nn.LeakyReLU(0.01),
            nn.Conv3d(mid, cout, 1, bias=False), nn.InstanceNorm3d(cout, affine=True),
            SE3D(cout),
        )
        self.skip = nn.Identity()
        if stride > 1 or cin != cout:
            self.skip = nn.Sequential(
                nn.AvgPool3d(stride) if stride > 1 else nn.Identity(),  # found: R148
                nn.Conv3d(cin, cout, 1, bias=False),
                nn.InstanceNorm3d(cout, affine=True),
            )
        self.act = nn.LeakyReLU(0.01)

    def forward(self, x):
        return self.act(self.skip(x) + self.branch(x))


class SEResNeXtUNetEncoder(nn.Module):
    """MRI encoder, volumes (B, 1, D, H, W); returns the feature pyramid, finest first."""

    def __init__(self, widths=(8, 16, 32)):
        super().__init__()
        self.stem = nn.Conv3d(1, widths[0], 3, padding=1, bias=False)
        ins = (widths[0],) + tuple(widths[:-1])
        self.stages = nn.ModuleList(
            nn.Sequential(Unit(i, o, stride=1 if k == 0 else 2), Unit(o, o))
            for k, (i, o) in enumerate(zip(ins, widths))
        )
        for m in self.modules():
            if isinstance(m, nn.Conv3d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="leaky_relu", a=0.01)
        for m in self.modules():
            if isinstance(m, Unit):
                nn.init.zeros_(m.branch[-2].weight)

    def forward(self, x):
        x = self.stem(x)
        feats = []
        for stage in self.stages:
            x = stage(x)
            feats.append(x)
        return feats
