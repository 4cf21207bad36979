"""Are weights that never learn, and values that do not arrive, found?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport
from tests.check.marked import in_marked_lines, loud

WRONG = {
    "ls_plain": (
        "R168",
        """class CN(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.a = nn.Linear(dim, 4 * dim)
        self.b = nn.Linear(4 * dim, dim)
        self.gamma = 1e-6 * torch.ones(dim)  # <-

    def forward(self, x):
        y = self.dw(x).permute(0, 2, 3, 1)
        y = self.b(F.gelu(self.a(self.norm(y))))
        y = (self.gamma * y).permute(0, 3, 1, 2)  # <-
        return x + y
""",
    ),
    "rezero_buffer": (
        "R171",
        """class RZ(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.register_buffer("alpha", torch.zeros(1))  # <-

    def forward(self, x):
        return x + self.alpha * self.f(x)  # <-
""",
    ),
    "rezero_frozen": (
        "R171",
        """class RZ(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.alpha = nn.Parameter(torch.zeros(1), requires_grad=False)  # <-

    def forward(self, x):
        return x + self.alpha * self.f(x)  # <-
""",
    ),
    "rezero_float": (
        "R155",
        """class RZ(nn.Module):
    def __init__(self, channels, alpha=0.0):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.alpha = nn.Parameter(torch.tensor(alpha))

    def forward(self, x):
        return x + float(self.alpha) * self.f(x)  # <-
""",
    ),
    "two_zeros": (
        "R172",
        """class TZ(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.n = nn.GroupNorm(8, dim)
        self.up = nn.Conv2d(dim, dim * 2, 1)
        self.down = nn.Conv2d(dim * 2, dim, 1)
        self.skip_gain = nn.Parameter(torch.zeros(1, dim, 1, 1))  # <-
        nn.init.zeros_(self.down.weight)  # <-
        nn.init.zeros_(self.down.bias)  # <-

    def forward(self, x):
        return x + self.skip_gain * self.down(F.silu(self.up(self.n(x))))  # <-
""",
    ),
    "all_zero": (
        "R172",
        """class Z(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, padding=1)
        self.c2 = nn.Conv2d(c, c, 3, padding=1)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.constant_(m.weight, 0)  # <-
                nn.init.constant_(m.bias, 0)  # <-

    def forward(self, x):
        return x + self.c2(F.relu(self.c1(x)))
""",
    ),
    "film_axis": (
        "R161",
        """class Film(nn.Module):
    def __init__(self, ch, temb_dim):
        super().__init__()
        self.c1 = nn.Conv2d(ch, ch, 3, padding=1)
        self.c2 = nn.Conv2d(ch, ch, 3, padding=1)
        self.n = nn.GroupNorm(8, ch)
        self.lin = nn.Linear(temb_dim, 2 * ch)

    def forward(self, x, temb):
        s, b = self.lin(temb).split(x.shape[0] // 2, dim=0)  # <-
        h = self.n(self.c1(x)) * (1 + s[:, :, None, None]) + b[:, :, None, None]  # <-
        return x + self.c2(F.silu(h))
""",
    ),
    "sk_two": (
        "R165",
        """class SK(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(channels, channels, 5, padding=2), nn.BatchNorm2d(channels), nn.ReLU())
        self.fc = nn.Linear(channels, 2 * channels)

    def forward(self, x):
        u, v = self.a(x), self.b(x)
        w = self.fc((u + v).mean((2, 3))).view(x.size(0), 2, -1)
        w = F.softmax(w, dim=-1)  # <-
        y = u * w[:, 0, :, None, None] + v * w[:, 1, :, None, None]  # <-
        return F.relu(x + y)
""",
    ),
    "shuffle_perm": (
        "R175",
        """def shuffle(x, groups):
    n, c, h, w = x.size()
    x = x.reshape(n, groups, c // groups, h, w)
    x = x.permute(0, 1, 2, 3, 4)  # <-
    return x.reshape(n, c, h, w)  # <-


class U(nn.Module):
    def __init__(self, channels, groups=4):
        super().__init__()
        self.g = groups
        self.a = nn.Sequential(nn.Conv2d(channels, channels, 1, groups=groups), nn.BatchNorm2d(channels), nn.ReLU())
        self.d = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, groups=channels), nn.BatchNorm2d(channels))
        self.b = nn.Sequential(nn.Conv2d(channels, channels, 1, groups=groups), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = shuffle(self.a(x), self.g)
        return F.relu(x + self.b(self.d(y)))
""",
    ),
    "causal_front": (
        "R176",
        """class Causal(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=2):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(channels, channels, kernel_size, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = self.conv(F.pad(x, (0, self.pad)))  # <-
        return x + self.mix(torch.tanh(y))
""",
    ),
    "causal_sym": (
        "R176",
        '''class CausalBlock(nn.Module):
    """Strictly causal: the output at t depends on x[..., :t + 1] only."""

    def __init__(self, channels, kernel_size=3, dilation=1):
        super().__init__()
        p = (kernel_size - 1) * dilation // 2
        self.conv = nn.Conv1d(channels, channels, kernel_size, padding=p, dilation=dilation)  # <-
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = torch.tanh(self.conv(x))  # <-
        return x + self.mix(y)
''',
    ),
    "rev_same": (
        "R174",
        """class Rev(nn.Module):
    def __init__(self, channels):
        super().__init__()
        c = channels // 2
        self.F = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1))
        self.G = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1))

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.F(x2)
        y2 = x2 + self.G(y1)
        return torch.cat([y1, y1], dim=1)  # <-
""",
    ),
    "glu_unused": (
        "R174",
        """class G(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c = nn.Conv2d(dim, 2 * dim, 3, padding=1)
        self.o = nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        a, b = self.c(x).chunk(2, 1)  # <-
        y = a * torch.sigmoid(a)  # <-
        return x + self.o(y)
""",
    ),
    "linear_act_unused": (
        "R156",
        """class B(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.act = nn.SiLU(inplace=True)
        self.sc = nn.Identity()
        if cin != cout or stride != 1:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn1(self.conv1(x))  # <-
        y = self.bn2(self.conv2(y))  # <-
        return self.act(y + self.sc(x))
""",
    ),
    "mlp_linear": (
        "R156",
        """class Mlp(nn.Module):
    def __init__(self, dim, hidden=256):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        return x + self.fc2(self.fc1(self.norm(x)))  # <-
""",
    ),
    "bneck_linear": (
        "R156",
        """class Neck(nn.Module):
    def __init__(self, c):
        super().__init__()
        m = c // 4
        self.a = nn.Conv2d(c, m, 1, bias=False)
        self.na = nn.BatchNorm2d(m)
        self.b = nn.Conv2d(m, m, 3, padding=1, bias=False)
        self.nb = nn.BatchNorm2d(m)
        self.d = nn.Conv2d(m, c, 1, bias=False)
        self.nd = nn.BatchNorm2d(c)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.na(self.a(x))  # <-
        y = self.nb(self.b(y))  # <-
        y = self.nd(self.d(y))  # <-
        return self.relu(x + y)
""",
    ),
}
RIGHT = {
    "rezero_right": """class TZ(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.n = nn.GroupNorm(8, dim)
        self.up = nn.Conv2d(dim, dim * 2, 1)
        self.down = nn.Conv2d(dim * 2, dim, 1)
        self.skip_gain = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return x + self.skip_gain * self.down(F.silu(self.up(self.n(x))))
""",
    "zeroconv_right": """class TZ(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.n = nn.GroupNorm(8, dim)
        self.up = nn.Conv2d(dim, dim, 3, padding=1)
        self.down = nn.Conv2d(dim, dim, 3, padding=1)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x):
        return x + self.down(F.silu(self.up(F.silu(self.n(x)))))
""",
    "sk_two_right": """class SK(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(channels, channels, 5, padding=2), nn.BatchNorm2d(channels), nn.ReLU())
        self.fc = nn.Linear(channels, 2 * channels)
        self.out = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x):
        u, v = self.a(x), self.b(x)
        w = self.fc((u + v).mean((2, 3))).view(x.size(0), 2, -1)
        w = F.softmax(w, dim=1)
        y = u * w[:, 0, :, None, None] + v * w[:, 1, :, None, None]
        return F.relu(x + self.out(y))
""",
    "causal_right": '''class CausalBlock(nn.Module):
    """Strictly causal: the output at t depends on x[..., :t + 1] only."""

    def __init__(self, channels, kernel_size=3, dilation=1):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(channels, channels, kernel_size, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = torch.tanh(self.conv(F.pad(x, (self.pad, 0))))
        return x + self.mix(y)
''',
    "half_right": """class S(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.h = dim // 2
        self.f = nn.Sequential(nn.Conv2d(dim // 2, dim // 2, 3, padding=1), nn.BatchNorm2d(dim // 2), nn.ReLU())

    def forward(self, x):
        left, right = x[:, :self.h], x[:, self.h:]
        return torch.cat((left, right + self.f(right)), 1)
""",
}


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named_in_its_line(name: str, checked: Callable[..., CheckReport]) -> None:
    rule, source = WRONG[name]
    assert rule in in_marked_lines(source, checked)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name: str, checked: Callable[..., CheckReport]) -> None:
    assert loud(RIGHT[name], checked) == []
