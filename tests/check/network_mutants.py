"""Which planted mistakes of whole networks must be found, in which code and line? Edits of `networks.py`."""

# ruff: noqa: E501
from __future__ import annotations

from tests.check.mutants import Mutant
from tests.check.networks import NAMES, NETWORKS


class NetworkMutant(Mutant):
    """A mistake in a network: `style` names its base in NETWORKS."""

    @property
    def base(self) -> str:
        return NETWORKS[self.style]


def m(
    rule: str, style: str, line: str, *edits: tuple[str, str], severity: str = "", train: bool = False
) -> NetworkMutant:
    return NetworkMutant(rule, style, edits, line, severity, NAMES.get(style, ""), train)


A, S, Fn = "post-attributes", "post-sequential", "post-functional"
PA, PS, PF = "pre-attributes", "pre-sequential", "pre-functional"
NA, NS, NF = "neck-attributes", "neck-sequential", "neck-functional"

MAKE_A = "            self.shortcut = nn.Sequential(\n                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),\n                nn.BatchNorm2d(out_channels),\n            )\n"
MAKE_S = "            self.right = nn.Sequential(\n                nn.Conv2d(cin, cout, 1, s, bias=False),\n                nn.BatchNorm2d(cout),\n            )\n"
SHARED_A = [
    ("stride=1):", "stride=1, shortcut=None):"),
    ("            self.shortcut = nn.Seq", "            self.shortcut = shortcut or nn.Seq"),
]
SHARED_S = [("s=1):", "s=1, right=None):"), ("self.right = None", "self.right = right"),
            ("if s != 1 or cin != cout:", "if right is None and (s != 1 or cin != cout):")]  # fmt: skip

MUTANTS = [
    m("R123", A, "proj =", *SHARED_A,
      ("        self.block3 = Block(16, 32, stride=2)\n", "        proj = nn.Sequential(nn.Conv2d(16, 32, 1, 2, bias=False), nn.BatchNorm2d(32))\n        self.block3 = Block(16, 32, stride=2, shortcut=proj)\n"),
      ("self.block5 = Block(32, 64, stride=2)", "self.block5 = nn.Sequential(nn.Conv2d(32, 16, 1), Block(16, 32, stride=2, shortcut=proj), nn.Conv2d(32, 64, 1))")),
    m("R123", S, "right = nn.Conv2d(cout, cout, 1", *SHARED_S,
      ("    for _ in range(n - 1):\n        blocks.append(ResBlock(cout, cout))", "    right = nn.Conv2d(cout, cout, 1, bias=False)\n    for _ in range(n):\n        blocks.append(ResBlock(cout, cout, 1, right))")),
    m("R123", Fn, "s = F.conv2d(x, self.ws", ("stride=1):", "stride=1, ws=None):"),
      ("self.project = stride != 1 or nin != nout", "self.project = ws is not None or stride != 1 or nin != nout"),
      ("self.ws = nn.Parameter(torch.randn(nout, nin, 1, 1) * 0.1) if self.project else None", "self.ws = ws if ws is not None else nn.Parameter(torch.randn(nout, nin, 1, 1) * 0.1)"),
      ("        width = 16\n", "        width = 16\n        same = nn.Parameter(torch.randn(16, 16, 1, 1) * 0.1)\n"),
      ("self.units.append(ResidualUnit(width, out, stride if i == 0 else 1))", "self.units.append(ResidualUnit(width, out, stride if i == 0 else 1, same if out == 16 else None))")),
    m("R131", A, "self.conv1 = nn.Conv2d(3, 16, 7", ("class ResNet18", "# for CIFAR-10\nclass ResNet18"), ("nn.Conv2d(3, 16, 3, stride=1, padding=1", "nn.Conv2d(3, 16, 7, stride=2, padding=3"), ("        x = self.block1(x)", "        x = F.max_pool2d(x, 3, 2, 1)\n        x = self.block1(x)")),
    m("R131", S, "nn.Conv2d(3, 16, 7, 2, 3", ("def resnet18", "SIZE = (3, 32, 32)\n\n\ndef resnet18"), ("nn.Conv2d(3, 16, 3, 1, 1", "nn.Conv2d(3, 16, 7, 2, 3"), ("            nn.ReLU(),\n        )\n        self.body", "            nn.ReLU(),\n            nn.MaxPool2d(3, 2, 1),\n        )\n        self.body")),
    m("R131", Fn, "F.conv2d(x, self.stem, stride=2, padding=3)", ("class ResidualNetwork18", "def load_cifar10(path):\n    return torch.load(path)\n\n\nclass ResidualNetwork18"), ("torch.randn(16, 3, 3, 3)", "torch.randn(16, 3, 7, 7)"), ("self.stem, padding=1", "self.stem, stride=2, padding=3"), ("h = h.relu()\n        for", "h = F.max_pool2d(h.relu(), 3, 2, 1)\n        for")),
    m("R132", A, "F.avg_pool2d(x, 8)", ("F.adaptive_avg_pool2d(x, 1)", "F.avg_pool2d(x, 8)")),
    m("R132", S, "nn.AvgPool2d(7)", ("nn.AdaptiveAvgPool2d(1)", "nn.AvgPool2d(7)"), ("nn.Conv2d(3, 16, 3, 1, 1", "nn.Conv2d(3, 16, 7, 2, 3"), ("            nn.ReLU(),\n        )\n        self.body", "            nn.ReLU(),\n            nn.MaxPool2d(3, 2, 1),\n        )\n        self.body")),
    m("R132", Fn, "F.avg_pool2d(h, kernel_size=8)", ("h.mean((2, 3))", "F.avg_pool2d(h, kernel_size=8).flatten(1)")),
    m("R133", A, "x.view(-1, 32)", ("x = x.flatten(1)", "x = x.view(-1, 32)"), ("nn.Linear(128", "nn.Linear(32")),
    m("R133", S, "x.permute(0, 2, 3, 1).reshape(-1, 128)", ("return self.head(x)", "x = x.permute(0, 2, 3, 1).reshape(-1, 128)\n        return self.head(x)"), ("            nn.AdaptiveAvgPool2d(1),\n            nn.Flatten(),\n", "")),
    m("R133", Fn, "h.mean((0, 2, 3))", ("h.mean((2, 3))", "h.mean((0, 2, 3))")),
    m("R134", A, "x = F.softmax(x, dim=1)", ("        x = self.fc(x)\n", "        x = self.fc(x)\n        x = F.softmax(x, dim=1)\n")),
    m("R134", S, "nn.Softmax(dim=1)", ("nn.Linear(128, classes),", "nn.Linear(128, classes),\n            nn.Softmax(dim=1),")),
    m("R134", Fn, "F.linear(h, self.wc).softmax(-1)", ("F.linear(h, self.wc)", "F.linear(h, self.wc).softmax(-1)")),
    m("R134", A, "h / h.sum", ("        x = self.fc(x)\n        return x", "        x = self.fc(x)\n        h = x.exp()\n        return h / h.sum(1, keepdim=True)")),
    m("R136", A, "x = self.conv1(x)\n"[:-1], ("        self.bn1 = nn.BatchNorm2d(16)\n        self.block1", "        self.block1"), ("        x = self.bn1(x)\n        x = F.relu(x)\n        x = self.block1", "        x = self.block1")),
    m("R136", S, "nn.Conv2d(3, 16, 3, 1, 1", ("            nn.BatchNorm2d(16),\n            nn.ReLU(),\n        )\n        self.body", "            nn.ReLU(),\n        )\n        self.body")),
    m("R136", Fn, "h = F.conv2d(x, self.stem", ("        h = h.relu()\n        for", "        for")),
    m("R137", PA, "F.adaptive_avg_pool2d(x, 1)", ("        self.bn = nn.BatchNorm2d(128)\n", ""), ("        x = F.relu(self.bn(x))\n", "")),
    m("R137", PS, "nn.AdaptiveAvgPool2d(1)", ("            nn.BatchNorm2d(64),\n            nn.ReLU(),\n            nn.Ada", "            nn.Ada")),
    m("R137", PF, "F.adaptive_avg_pool2d(h, 1)", ("        self.last = nn.ModuleList([nn.BatchNorm2d(64)])\n", ""), ("        h = bn_relu(self.last, 0, h)\n        h = F.ad", "        h = F.ad")),
    m("R138", PA, "x = F.relu(self.bn0(x))", ("        x = self.conv1(x)\n", "        x = self.conv1(x)\n        x = F.relu(self.bn0(x))\n"), ("        self.block1", "        self.bn0 = nn.BatchNorm2d(16)\n        self.block1")),
    m("R138", PS, "nn.BatchNorm2d(16)", ("            PreUnit(16, 32),", "            nn.BatchNorm2d(16),\n            nn.ReLU(),\n            PreUnit(16, 32),")),
    m("R138", PF, "h = bn_relu(self.norm0, 0, h)", ("        for unit in", "        h = bn_relu(self.norm0, 0, h)\n        for unit in"), ("        self.last =", "        self.norm0 = nn.ModuleList([nn.BatchNorm2d(16)])\n        self.last =")),
    m("R140", A, "self.block7 =", ("        self.block8 = Block(128, 128, stride=1)\n", ""), ("        x = self.block8(x)\n", "")),
    m("R140", S, "return Net([2, 2, 3, 2]", ("Net([2, 2, 2, 2]", "Net([2, 2, 3, 2]")),
    m("R140", S, "stage(64, 128, blocks[2] + 1", ("stage(64, 128, blocks[3], s=2)", "stage(64, 128, blocks[2] + 1, s=2)"), severity="warning"),
    m("R140", Fn, "for out, count, stride in", ("(16, 2, 1), (32", "(16, 3, 1), (32")),
    m("R140", A, "class ResNet18", ("        self.block7 = Block(64, 128, stride=2)\n        self.block8 = Block(128, 128, stride=1)\n", ""), ("        x = self.block7(x)\n        x = self.block8(x)\n", ""), ("nn.Linear(128", "nn.Linear(64")),
    m("R141", NA, "expansion = 2", ("expansion = 4", "expansion = 2")),
    m("R141", NS, "Neck(16, 8, 16)", ("Neck(16, 8, 32)", "Neck(16, 8, 16)"), ("Neck(32, 16, 64, 2)", "Neck(16, 16, 32, 2)"), ("Neck(64, 32, 128, 2)", "Neck(32, 32, 64, 2)"), ("Neck(128, 64, 256, 2)", "Neck(64, 64, 128, 2)"), ("nn.Linear(256", "nn.Linear(128")),
    m("R141", NF, "sizes =", ("(16, 8, 32, 1), (32, 16, 64, 2), (64, 32, 128, 2), (128, 64, 256, 2)", "(16, 16, 32, 1), (32, 32, 64, 2), (64, 64, 128, 2), (128, 128, 256, 2)")),
    m("R142", A, "self.block1 = Block(16, 16, stride=2)", ("nn.Conv2d(3, 16, 3, stride=1, padding=1", "nn.Conv2d(3, 16, 7, stride=2, padding=3"), ("        x = self.block1(x)", "        x = F.max_pool2d(x, 3, 2, 1)\n        x = self.block1(x)"), ("self.block1 = Block(16, 16, stride=1)", "self.block1 = Block(16, 16, stride=2)")),
    m("R142", S, "stage(16, 16, blocks[0], s=2)", ("stage(16, 16, blocks[0], s=1)", "stage(16, 16, blocks[0], s=2)"), ("blocks[1], s=2", "blocks[1], s=1"), ("blocks[2], s=2", "blocks[2], s=1"), ("blocks[3], s=2", "blocks[3], s=1")),
    m("R142", Fn, "for out, count, stride", ("(32, 2, 2), (64, 2, 2), (128, 2, 2)", "(32, 2, 2), (64, 2, 1), (128, 2, 1)")),
    m("R142", A, "self.block3 = Block(16, 32, stride=1)", ("self.block3 = Block(16, 32, stride=2)", "self.block3 = Block(16, 32, stride=1)"), ("self.block5 = Block(32, 64, stride=2)", "self.block5 = Block(32, 64, stride=1)"), ("self.block7 = Block(64, 128, stride=2)", "self.block7 = Block(64, 128, stride=1)")),
    m("R145", A, "nn.init.zeros_(block.shortcut[1].weight)", ("        self.fc =", "        for block in (self.block3, self.block5):\n            nn.init.zeros_(block.shortcut[1].weight)\n        self.fc ="), severity="error"),
    m("R145", S, "nn.BatchNorm2d(cout),", ("    return Net([2, 2, 2, 2], classes)", "    net = Net([2, 2, 2, 2], classes)\n    for block in net.modules():\n        if isinstance(block, ResBlock):\n            nn.init.zeros_(block.left[-1].weight)\n    return net"), severity="note"),
    m("R145", Fn, "nn.init.zeros_(self.g[2])", ("        self.project = ", "        nn.init.zeros_(self.g[2])\n        self.project = "), severity="error"),
    m("R149", A, "F.pad(x, (0, 1, 0, 1))", ("out = self.conv1(x)\n", "out = self.conv1(F.pad(x, (0, 1, 0, 1)) if self.strided else x)\n"), ("stride=stride, padding=1", "stride=stride, padding=0 if stride == 2 else 1"), ("self.shortcut = nn.Identity()", "self.strided = stride == 2\n        self.shortcut = nn.Identity()"), severity="note"),
    m("R149", S, "nn.ZeroPad2d((0, 1, 0, 1))", ("nn.Conv2d(3, 16, 3, 1, 1, bias", "nn.ZeroPad2d((0, 1, 0, 1)),\n            nn.Conv2d(3, 16, 3, 2, 0, bias"), severity="note"),
    m("R149", Fn, "F.pad(x, [2, 3, 2, 3])", ("h = F.conv2d(x, self.stem, padding=1)", "h = F.conv2d(F.pad(x, [2, 3, 2, 3]), self.stem, stride=2)"), ("torch.randn(16, 3, 3, 3)", "torch.randn(16, 3, 7, 7)"), severity="note"),
    m("R151", A, "self.block1 =", ("stride=1):", "stride=1, residual=True):"), ("        super().__init__()\n", "        super().__init__()\n        self.residual = residual\n"), ("        out = out + identity\n", "        if self.residual:\n            out = out + identity\n"), ("self.block1 = Block(16, 16, stride=1)", "self.block1 = Block(16, 16, stride=1, residual=False)")),
    m("R151", S, "stage(16, 16, blocks[0], s=1)", ("s=1):", "s=1, skip=True):"), ("        super().__init__()\n", "        super().__init__()\n        self.skip = skip\n"), ("        y = y + skip\n", "        y = y + skip if self.skip else y\n"), ("blocks.append(ResBlock(cout, cout))", "blocks.append(ResBlock(cout, cout, skip=False))")),
    m("R151", Fn, "h = h + s", ("        h = h + s\n", "        if self.project:\n            h = h + s\n")),
    m("R151", S, "x = F.relu(x + stage(x))", ("        y = y + skip\n", ""), ("        skip = x if self.right is None else self.right(x)\n", ""), ("        self.right = None\n        if s != 1 or cin != cout:\n" + MAKE_S, ""),
      ("        x = self.body(x)\n", "        for i, stage in enumerate(self.body):\n            x = F.relu(x + stage(x)) if i == 0 else stage(x)\n")),
    m("R151", A, "x = F.relu(h + x)", ("        out = out + identity\n", ""), ("        identity = self.shortcut(x)\n", ""), ("        self.shortcut = nn.Identity()\n        if stride != 1 or in_channels != out_channels:\n" + MAKE_A, ""),
      ("        x = self.block1(x)\n        x = self.block2(x)\n", "        h = self.block1(x)\n        h = self.block2(h)\n        x = F.relu(h + x)\n")),
    m("R162", A, "self.fc(x) / 1000", ("        x = self.fc(x)\n", "        x = self.fc(x) / 1000\n"), train=True),
    m("R162", S, "nn.Hardtanh", ("nn.Linear(128, classes),", "nn.Linear(128, classes),\n            nn.Hardtanh(-0.1, 0.1),"), train=True),
    m("R162", Fn, "class ResidualNetwork18", ("h = h.mean((2, 3))", "h = F.relu(-h.mean((2, 3)))"), train=True),
    m("R163", A, "self.fc =", ("\n    def forward(self, x):\n        x = self.conv1(x)\n        x = self.bn1", "        nn.init.normal_(self.fc.weight)\n\n    def forward(self, x):\n        x = self.conv1(x)\n        x = self.bn1"), train=True),
    m("R163", S, "nn.Linear(128, classes)", ("return self.head(x)", "return self.head(x * 100)"), train=True),
    m("R163", Fn, "F.linear(h, self.wc)", ("h.mean((2, 3))", "h.sum((2, 3))"), train=True),
]  # fmt: skip
