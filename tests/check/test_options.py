"""Are the optional arguments of a block tried at other values, and do right ones pass?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport
from tests.check.marked import in_marked_lines, loud

WRONG = {
    "opt_kernel": (
        "R129",
        """class Res1D(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, kernel_size, padding=dilation, dilation=dilation),  # <-
            nn.ReLU(),
            nn.Conv1d(channels, channels, kernel_size, padding=(kernel_size - 1) // 2),
        )

    def forward(self, x):
        return x + self.body(x)  # <-
""",
    ),
    "opt_dil2": (
        "R129",
        """class Ctx(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1, dilation=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, stride, padding=1, dilation=dilation, bias=False)  # <-
        self.bn1 = nn.BatchNorm2d(out_ch)
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, 1, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(out_ch)
        self.down = None if in_ch == out_ch and stride == 1 else nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 1, stride, bias=False), nn.BatchNorm2d(out_ch))

    def forward(self, x):
        idt = x if self.down is None else self.down(x)
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + idt)  # <-
""",
    ),
    "opt_up": (
        "R114",
        """class GBlock(nn.Module):
    def __init__(self, cin, cout, upsample=False):
        super().__init__()
        self.upsample = upsample
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.b1, self.b2 = nn.BatchNorm2d(cin), nn.BatchNorm2d(cout)
        self.sc = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        h = F.relu(self.b1(x))
        if self.upsample:
            h = F.interpolate(h, scale_factor=2)  # <-
        h = self.c2(F.relu(self.b2(self.c1(h))))
        return h + self.sc(x)  # <-
""",
    ),
    "opt_attr": (
        "R161",
        """class B(nn.Module):
    def __init__(self, dim, use_se=False):
        super().__init__()
        self.use_se = use_se
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.n1 = nn.BatchNorm2d(dim)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.n2 = nn.BatchNorm2d(dim)
        self.fc = nn.Conv2d(dim, dim, 1) if use_se else None

    def forward(self, x):
        y = self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
        if self.use_se:
            y = y * torch.sigmoid(self.se(y.mean((2, 3), keepdim=True)))  # <-
        return F.relu(x + y)
""",
    ),
    "opt_se_lost": (
        "R155",
        """class B(nn.Module):
    def __init__(self, dim, attention=False):
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.n1 = nn.BatchNorm2d(dim)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.n2 = nn.BatchNorm2d(dim)
        self.fc = nn.Conv2d(dim, dim, 1) if attention else None

    def forward(self, x):
        y = self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
        if self.fc is not None:
            g = torch.sigmoid(self.fc(y.mean((2, 3), keepdim=True)))  # <-
            y * g  # <-
        return F.relu(x + y)
""",
    ),
    "opt_mode": (
        "R161",
        """class B(nn.Module):
    def __init__(self, channels, norm="batch"):
        super().__init__()
        if norm == "batch":
            self.n1, self.n2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        elif norm == "instance":
            self.n1, self.n2 = nn.InstanceNorm2d(channels), nn.InstanceNorm2d(channels)
        elif norm == "none":
            self.n1 = nn.Identity()
            self.n2 = None  # <-
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.c2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.n1(self.c1(x)))
        h = self.n2(self.c2(h))  # <-
        return x + h
""",
    ),
    "opt_pool_order": (
        "R114",
        """class DownBlock(nn.Module):
    def __init__(self, ch, pool=False):
        super().__init__()
        self.pool = pool
        self.conv = nn.Sequential(
            nn.Conv2d(ch, ch, 3, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(ch, ch, 3, padding=1))

    def forward(self, x):
        h = self.conv(x)
        if self.pool:
            h = F.avg_pool2d(h, 2)  # <-
        return x + h  # <-
""",
    ),
    "bneck_first": (
        "R114",
        """class Neck(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
            nn.Conv2d(planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
            nn.Conv2d(planes, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4))
        self.short = nn.Identity()
        if stride > 1 or planes != inplanes:  # <-
            self.short = nn.Sequential(
                nn.Conv2d(inplanes, planes * 4, 1, stride, bias=False), nn.BatchNorm2d(planes * 4))

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))  # <-
""",
    ),
    "ctor_super": (
        "R161",
        """class B(nn.Module):
    def __init__(self, channels):
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1)  # <-
        super().__init__()
        self.c2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return F.relu(x + self.c2(F.relu(self.c1(x))))
""",
    ),
    "ctor_name": (
        "R161",
        """class B(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.c1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.c2 = nn.Conv2d(out_channels, out_channel, 3, padding=1)  # <-

    def forward(self, x):
        return F.relu(x + self.c2(F.relu(self.c1(x))))
""",
    ),
    "ctor_gn32": (
        "R161",
        """class B(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.n1 = nn.GroupNorm(num_groups=in_dim, num_channels=32)  # <-
        self.c1 = nn.Conv2d(in_dim, out_dim, 3, padding=1)
        self.n2 = nn.GroupNorm(num_groups=32, num_channels=out_dim)
        self.c2 = nn.Conv2d(out_dim, out_dim, 3, padding=1)
        self.s = nn.Conv2d(in_dim, out_dim, 1) if in_dim != out_dim else nn.Identity()

    def forward(self, x):
        return self.s(x) + self.c2(F.silu(self.n2(self.c1(F.silu(self.n1(x))))))
""",
    ),
    "wrong_bn": (
        "R121",
        """class B(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.sc = nn.Conv2d(cin, cout, 1, stride, bias=False) if stride != 1 or cin != cout else None

    def forward(self, x):
        h = F.relu(self.bn1(x))
        s = x if self.sc is None else self.sc(h)
        h = self.conv1(h)
        h = F.relu(self.bn1(h))  # <-
        return s + self.conv2(h)
""",
    ),
    "ret_none": (
        "R161",
        """class B(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, padding=1)
        self.c2 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        y = F.relu(self.c1(x))
        y = F.relu(self.c2(y) + x)  # <-
""",
    ),
}
RIGHT = {
    "opt_flags_right": """class B(nn.Module):
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
""",
    "ctor_groups3_right": """class B(nn.Module):
    def __init__(self, channels, num_groups=3):
        super().__init__()
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1, groups=num_groups, bias=False)
        self.n = nn.BatchNorm2d(channels)
        self.c2 = nn.Conv2d(channels, channels, 1, bias=False)
        self.m = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(x + self.m(self.c2(F.relu(self.n(self.c1(x))))))
""",
}


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named_in_its_line(name: str, checked: Callable[..., CheckReport]) -> None:
    rule, source = WRONG[name]
    assert rule in in_marked_lines(source, checked)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name: str, checked: Callable[..., CheckReport]) -> None:
    assert loud(RIGHT[name], checked) == []
