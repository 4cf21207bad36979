"""Is stochastic depth measured by many draws: what is dropped, how often, and with which mean?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport
from tests.check.marked import in_marked_lines, loud

WRONG = {
    "sd_inverted_py": (
        "R169",
        """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, survival=0.9):
        super().__init__()
        self.survival = survival
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        if self.training:
            if random.random() < self.survival:  # <-
                return F.relu(s)  # <-
            return F.relu(s + self.res(x))
        return F.relu(s + self.survival * self.res(x))
""",
    ),
    "sd_returns_x": (
        "R166",
        """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, keep_prob=0.9):
        super().__init__()
        self.keep_prob = keep_prob
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        if self.training and torch.rand(1) > self.keep_prob:  # <-
            return x  # <-
        y = self.res(x)
        if not self.training:
            y = y * self.keep_prob
        return F.relu(self.sc(x) + y)
""",
    ),
    "sd_div_by_p": (
        "R170",
        """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop=0.2):
        super().__init__()
        self.drop = drop
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        y = self.res(x)
        if self.training:
            keep = 1 - self.drop
            m = torch.empty(x.shape[0], 1, 1, 1).bernoulli_(keep)  # <-
            y = y * m / self.drop  # <-
        return F.relu(s + y)
""",
    ),
    "sd_both_scaled": (
        "R170",
        """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop=0.2):
        super().__init__()
        self.drop = drop
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        y = self.res(x)
        if self.training:
            keep = 1 - self.drop
            m = torch.empty(x.shape[0], 1, 1, 1).bernoulli_(keep)  # <-
            y = y * m / keep  # <-
        else:
            y = y * (1 - self.drop)  # <-
        return F.relu(s + y)
""",
    ),
    "sd_eval_too": (
        "R146",
        """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop=0.2):
        super().__init__()
        self.drop = drop
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        y = self.res(x)
        m = (torch.rand(x.shape[0], 1, 1, 1) > self.drop).float()  # <-
        return F.relu(s + y * m / (1 - self.drop))  # <-
""",
    ),
    "sd_drop_ident": (
        "R166",
        """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop=0.2):
        super().__init__()
        self.drop = drop
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        y = self.res(x)
        if self.training and self.drop > 0.0:
            m = (torch.rand(x.shape[0], 1, 1, 1) > self.drop).float()
            return F.relu((s + y) * m / (1 - self.drop))  # <-
        return F.relu(s + y)
""",
    ),
    "sd_drop_shortcut": (
        "R166",
        """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop=0.2):
        super().__init__()
        self.drop = drop
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        y = self.res(x)
        if self.training and self.drop > 0.0:
            m = (torch.rand(x.shape[0], 1, 1, 1) > self.drop).float()
            s = s * m / (1 - self.drop)  # <-
        return F.relu(s + y)  # <-
""",
    ),
}
RIGHT = {
    "sd_right_huang": """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, survival=0.9):
        super().__init__()
        self.survival = survival
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        if self.training:
            if random.random() > self.survival:
                return F.relu(s)
            return F.relu(s + self.res(x))
        return F.relu(s + self.survival * self.res(x))
""",
    "sd_right_scaled": """class Blk(nn.Module):
    def __init__(self, cin, cout, stride=1, drop_rate=0.0):
        super().__init__()
        self.drop_rate = drop_rate
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.sc = nn.Sequential()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def res(self, x):
        return self.b2(self.c2(F.relu(self.b1(self.c1(x)))))

    def forward(self, x):
        s = self.sc(x)
        y = self.res(x)
        if self.training and self.drop_rate > 0:
            keep = 1.0 - self.drop_rate
            mask = torch.floor(keep + torch.rand(x.shape[0], 1, 1, 1, dtype=x.dtype))
            y = y / keep * mask
        return F.relu(s + y)
""",
    "tv_sd_right": """class B(nn.Module):
    def __init__(self, dim, p=0.1, residual=True):
        super().__init__()
        self.p = p
        self.residual = residual
        self.f = nn.Sequential(
            nn.Conv2d(dim, dim, 3, padding=1), nn.GroupNorm(4, dim), nn.ReLU(),
            nn.Conv2d(dim, dim, 3, padding=1), nn.GroupNorm(4, dim))

    def forward(self, x):
        y = self.f(x)
        if not self.residual:
            return F.relu(y)
        if self.training and self.p > 0:
            noise = torch.empty([x.shape[0], 1, 1, 1]).bernoulli_(1 - self.p)
            if self.p < 1:
                noise.div_(1 - self.p)
            y = y * noise
        return F.relu(x + y)
""",
}


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named_in_its_line(name: str, checked: Callable[..., CheckReport]) -> None:
    rule, source = WRONG[name]
    assert rule in in_marked_lines(source, checked)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name: str, checked: Callable[..., CheckReport]) -> None:
    assert loud(RIGHT[name], checked) == []
