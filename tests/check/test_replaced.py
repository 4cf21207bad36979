"""Are modules that replace one another, and blocks that do not add their own input, found in networks?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport
from tests.check.marked import in_marked_lines, loud

WRONG = {
    "net_setattr": (
        "R177",
        """class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.sc = nn.Identity()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.sc(x))


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        cin = 16
        for cout in (16, 32, 64):
            for i in range(2):
                setattr(self, f"layer{cout}", Block(cin, cout, 2 if cin != cout else 1))  # <-
                cin = cout  # <-
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.stem(x)
        x = self.layer16(x)
        x = self.layer32(x)
        x = self.layer64(x)
        return self.fc(x.mean((2, 3)))
""",
    ),
    "net_moduledict": (
        "R177",
        """class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.sc = nn.Identity()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.sc(x))


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = nn.ModuleDict()
        cin = 16
        for cout in (16, 32, 64):
            for i in range(2):
                self.blocks[f"stage{cout}"] = Block(cin, cout, 1 if i else 2)  # <-
                cin = cout
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for b in self.blocks.values():
            x = b(x)
        return self.fc(x.mean((2, 3)))
""",
    ),
    "net_strides": (
        "R179",
        """class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.sc = nn.Identity()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.sc(x))


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        layers = []
        cin = 16
        for cout, stride in ((16, 1), (32, 2), (64, 2)):
            for i in range(3):
                layers.append(Block(cin, cout, stride))  # <-
                cin = cout
        self.body = nn.Sequential(*layers)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.stem(x)
        x = self.body(x)
        return self.fc(x.mean((2, 3)))
""",
    ),
    "unet_twice": (
        "R174",
        """class RB(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.p = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        return F.relu(self.c2(F.relu(self.c1(x))) + self.p(x))


class UNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=2):
        super().__init__()
        self.e1, self.e2, self.m = RB(in_channels, 16), RB(16, 32), RB(32, 64)
        self.u2, self.u1 = nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)
        self.d2, self.d1 = RB(64, 32), RB(32, 16)
        self.out = nn.Conv2d(16, num_classes, 1)

    def forward(self, x):
        a = self.e1(x)
        b = self.e2(F.max_pool2d(a, 2))
        m = self.m(F.max_pool2d(b, 2))
        y = self.d2(torch.cat((self.u2(m), b), 1))
        u = self.u1(y)
        y = self.d1(torch.cat((u, u), 1))  # <-
        return self.out(y)
""",
    ),
    "onefwd_stale": (
        "R178",
        """class CNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.c0 = nn.Conv2d(3, 32, 3, padding=1)
        self.a1, self.a2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.b1, self.b2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.c1, self.c2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = F.relu(self.c0(x))
        skip = x
        x = F.relu(self.a2(F.relu(self.a1(x))) + skip)
        skip = x
        x = F.relu(self.b2(F.relu(self.b1(x))) + skip)
        x = F.relu(self.c2(F.relu(self.c1(x))) + skip)  # <-
        return self.fc(x.mean((2, 3)))
""",
    ),
}
RIGHT = {
    "every_block_halves": """class EB(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, 2, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.s = nn.Sequential(nn.Conv2d(cin, cout, 1, 2, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return F.relu(self.b2(self.c2(F.relu(self.b1(self.c1(x))))) + self.s(x))


class Encoder(nn.Module):
    #Every block halves the map, as in a VAE encoder.

    def __init__(self, latent_dim=32):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.body = nn.Sequential(EB(32, 64), EB(64, 64), EB(64, 128), EB(128, 128))
        self.fc = nn.Linear(128, latent_dim)

    def forward(self, x):
        return self.fc(self.body(self.stem(x)).mean((2, 3)))
""",
    "net_right": """class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.sc = nn.Identity()
        if stride != 1 or cin != cout:
            self.sc = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.sc(x))


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.s1 = nn.Sequential(Block(16, 16), Block(16, 16))
        self.s2 = nn.Sequential(Block(16, 32, 2), Block(32, 32))
        self.s3 = nn.Sequential(Block(32, 64, 2), Block(64, 64))
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.stem(x)
        x = self.s3(self.s2(self.s1(x)))
        return self.fc(x.mean((2, 3)))
""",
    "unet_right": """class RB(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.p = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        return F.relu(self.c2(F.relu(self.c1(x))) + self.p(x))


class UNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=2):
        super().__init__()
        self.e1, self.e2, self.m = RB(in_channels, 16), RB(16, 32), RB(32, 64)
        self.u2, self.u1 = nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)
        self.d2, self.d1 = RB(64, 32), RB(32, 16)
        self.out = nn.Conv2d(16, num_classes, 1)

    def forward(self, x):
        a = self.e1(x)
        b = self.e2(F.max_pool2d(a, 2))
        m = self.m(F.max_pool2d(b, 2))
        y = self.d2(torch.cat((self.u2(m), b), 1))
        y = self.d1(torch.cat((self.u1(y), a), 1))
        return self.out(y)
""",
    "onefwd_right": """class CNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.c0 = nn.Conv2d(3, 32, 3, padding=1)
        self.a1, self.a2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.b1, self.b2 = nn.Conv2d(32, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = F.relu(self.c0(x))
        long = x
        x = F.relu(self.a2(F.relu(self.a1(x))) + x)
        x = F.relu(self.b2(F.relu(self.b1(x))) + x)
        x = x + long
        return self.fc(x.mean((2, 3)))
""",
}


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named_in_its_line(name: str, checked: Callable[..., CheckReport]) -> None:
    rule, source = WRONG[name]
    assert rule in in_marked_lines(source, checked)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name: str, checked: Callable[..., CheckReport]) -> None:
    assert loud(RIGHT[name], checked) == []
