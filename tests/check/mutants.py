"""Which planted mistakes must be found, in which code and line? Each is an edit of a right block in one coding style."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"

ATTRIBUTES = (
    HEAD
    + """class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x):
        identity = self.shortcut(x)
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        out = out + identity
        out = F.relu(out)
        return out
"""
)

SEQUENTIAL = (
    HEAD
    + """class ResBlock(nn.Module):
    def __init__(self, cin, cout, s=1):
        super().__init__()
        self.left = nn.Sequential(
            nn.Conv2d(cin, cout, 3, s, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False),
            nn.BatchNorm2d(cout),
        )
        self.right = None
        if s != 1 or cin != cout:
            self.right = nn.Sequential(
                nn.Conv2d(cin, cout, 1, s, bias=False),
                nn.BatchNorm2d(cout),
            )

    def forward(self, x):
        y = self.left(x)
        skip = x if self.right is None else self.right(x)
        y = y + skip
        return torch.relu(y)
"""
)

FUNCTIONAL = (
    HEAD
    + """def norm(module, i, x):
    mean, var = getattr(module, f"m{i}"), getattr(module, f"v{i}")
    return F.batch_norm(x, mean, var, module.g[i], module.b[i], module.training)


class ResidualUnit(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(nout, nin, 3, 3) * 0.05)
        self.w2 = nn.Parameter(torch.randn(nout, nout, 3, 3) * 0.05)
        self.g = nn.ParameterList(nn.Parameter(torch.ones(nout)) for _ in range(3))
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(nout)) for _ in range(3))
        for i in range(3):
            self.register_buffer(f"m{i}", torch.zeros(nout))
            self.register_buffer(f"v{i}", torch.ones(nout))
        self.stride = stride
        self.project = stride != 1 or nin != nout
        self.ws = nn.Parameter(torch.randn(nout, nin, 1, 1) * 0.1) if self.project else None

    def forward(self, x):
        h = F.conv2d(x, self.w1, stride=self.stride, padding=1)
        h = norm(self, 0, h).relu()
        h = F.conv2d(h, self.w2, padding=1)
        h = norm(self, 1, h)
        s = x
        if self.project:
            s = F.conv2d(x, self.ws, stride=self.stride)
            s = norm(self, 2, s)
        h = h + s
        return F.relu(h)
"""
)

BASES = {"attributes": ATTRIBUTES, "sequential": SEQUENTIAL, "functional": FUNCTIONAL}


@dataclass(frozen=True)
class Mutant:
    """A mistake: edits of a base, the rule that must name it, and a text of the line that must be reported."""

    rule: str
    style: str
    edits: tuple[tuple[str, str], ...]
    line: str
    severity: str = ""
    name: str = ""
    train: bool = False

    @property
    def base(self) -> str:
        return BASES[self.style]

    @property
    def source(self) -> str:
        text = self.base
        for old, new in self.edits:
            assert old in text, (self.rule, self.style, old)
            text = text.replace(old, new, 1)
        return text

    @property
    def lines(self) -> tuple[int, ...]:
        rows = self.source.split("\n")
        return tuple(i for i, row in enumerate(rows, 1) if self.line in row)


def m(rule: str, style: str, line: str, *edits: tuple[str, str], severity: str = "") -> Mutant:
    return Mutant(rule, style, edits, line, severity)


A, S, Fn = "attributes", "sequential", "functional"
ADD_A = "        out = out + identity\n"
ADD_S = "        y = y + skip\n"
ADD_F = "        h = h + s\n"

MUTANTS = [
    m("R101", A, "out = identity", ("out = out + identity", "out = identity")),
    m("R101", A, "out + identity", ("out = out + identity", "out + identity")),
    m("R101", S, "y = skip", ("y = y + skip", "y = skip")),
    m("R101", S, "torch.add(y, skip)", ("y = y + skip", "torch.add(y, skip)")),
    m("R101", Fn, "h = s", ("h = h + s", "h = s")),
    m("R101", Fn, "return F.relu(h)", ("h = h + s", "total = h + s")),
    m("R102", A, "out = F.relu(out)\n        return"[:17], (ADD_A, "")),
    m("R102", S, "return torch.relu(y)", (ADD_S, "")),
    m("R102", Fn, "return F.relu(h)", (ADD_F, "")),
    m("R103", A, "self.conv2(x)", ("self.conv2(out)", "self.conv2(x)")),
    m("R103", S, "self.second(x)", ("y = self.left(x)", "y = self.left[:3](x)\n        y = self.second(x)"),
      ("self.right = None", "self.second = nn.Conv2d(cin, cout, 3, s, 1, bias=False)\n        self.right = None")),
    m("R103", Fn, "F.conv2d(x, self.w2", ("F.conv2d(h, self.w2", "F.conv2d(x, self.w2")),
    m("R104", A, "out = identity + identity", ("out = out + identity", "out = identity + identity")),
    m("R104", A, "out += out", ("out = out + identity", "out += out")),
    m("R104", S, "y = skip + skip", ("y = y + skip", "y = skip + skip")),
    m("R104", Fn, "h = h + h", ("h = h + s", "h = h + h")),
    m("R105", A, "out += identity", (ADD_A, ADD_A + "        out += identity\n")),
    m("R105", S, "torch.relu(y + skip)", ("torch.relu(y)", "torch.relu(y + skip)")),
    m("R105", Fn, "F.relu(s + h)", ("F.relu(h)", "F.relu(s + h)")),
    m("R106", A, "F.relu(self.bn2(out))", ("self.bn2(out)", "F.relu(self.bn2(out))")),
    m("R106", S, "nn.ReLU(True)", ("nn.BatchNorm2d(cout),\n        )\n        self.right", "nn.BatchNorm2d(cout),\n            nn.ReLU(True),\n        )\n        self.right")),
    m("R106", Fn, "norm(self, 1, h).relu()", ("norm(self, 1, h)", "norm(self, 1, h).relu()")),
    m("R107", A, "out = out + identity", (ADD_A + "        out = F.relu(out)\n", ADD_A)),
    m("R107", S, "y = y + skip", ("torch.relu(y)", "y")),
    m("R107", Fn, "h = h + s", ("F.relu(h)", "h")),
    m("R108", A, "x = F.relu(x, inplace=True)", ("identity = self.shortcut(x)\n", "identity = self.shortcut(x)\n        x = F.relu(x, inplace=True)\n")),
    m("R108", S, "nn.ReLU(inplace=True)", ("self.left = nn.Sequential(", "self.left = nn.Sequential(\n            nn.ReLU(inplace=True),")),
    m("R108", Fn, "x.relu_()", ("h = F.conv2d(x", "x.relu_()\n        h = F.conv2d(x")),
    m("R109", A, "out += identity", ("out = out + identity", "out = torch.sigmoid(out)\n        out += identity")),
    m("R109", S, "y += skip", ("y = y + skip", "y = y.relu()\n        y += skip")),
    m("R109", Fn, "h.add_(s)", ("h = h + s", "h = F.relu(h)\n        h.add_(s)")),
    m("R110", A, "self.conv1 =", ("3, stride=stride", "3, stride=1")),
    m("R110", A, "out_channels, 1, stride=1", ("1, stride=stride", "1, stride=1")),
    m("R110", S, "nn.Conv2d(cin, cout, 3, 1, 1", ("cout, 3, s, 1", "cout, 3, 1, 1")),
    m("R110", S, "nn.Conv2d(cin, cout, 1, bias", ("cout, 1, s, bias", "cout, 1, bias")),
    m("R110", Fn, "h = F.conv2d(x, self.w1, padding=1)", ("self.w1, stride=self.stride,", "self.w1,")),
    m("R111", A, "self.conv2 =", ("3, stride=1", "3, stride=stride")),
    m("R111", S, "nn.Conv2d(cout, cout", ("cout, cout, 3, 1", "cout, cout, 3, s")),
    m("R111", Fn, "self.w2, stride", ("self.w2,", "self.w2, stride=self.stride,")),
    m("R112", A, "self.conv2 =", ("3, stride=stride", "3, stride=1"), ("out_channels, out_channels, 3, stride=1", "out_channels, out_channels, 3, stride=stride")),
    m("R112", S, "nn.Conv2d(cout, cout", ("cout, 3, s, 1", "cout, 3, 1, 1"), ("cout, cout, 3, 1", "cout, cout, 3, s")),
    m("R112", Fn, "self.w2, stride", ("self.w1, stride=self.stride,", "self.w1,"), ("self.w2,", "self.w2, stride=self.stride,")),
    m("R114", A, "if stride != 1:", (" or in_channels != out_channels", "")),
    m("R114", A, "if in_channels != out_channels", ("stride != 1 or ", "")),
    m("R114", S, "y = y + skip", ("if s != 1 or cin != cout", "if False")),
    m("R114", Fn, "h = h + s", ("self.project = stride != 1 or nin != nout", "self.project = False")),
    m("R115", A, "out = out + identity.mean", ("out + identity", "out + identity.mean((2, 3), keepdim=True)")),
    m("R115", S, "y = y + F.adaptive", ("y + skip", "y + F.adaptive_avg_pool2d(skip, 1)")),
    m("R115", Fn, "h = h + s[:, :1]", ("h + s", "h + s[:, :1]")),
    m("R117", A, "out_channels, 3, stride=stride, padding=1, bias=False)", ("out_channels, 1, stride=stride,", "out_channels, 3, stride=stride, padding=1,")),
    m("R117", S, "nn.Conv2d(cin, cout, 3, s, 1, bias=False)", ("cout, 1, s, bias", "cout, 3, s, 1, bias")),
    m("R117", Fn, "self.ws, stride=self.stride, padding=1", ("nin, 1, 1) * 0.1", "nin, 3, 3) * 0.1"), ("self.ws, stride=self.stride", "self.ws, stride=self.stride, padding=1")),
    m("R118", A, "out_channels, 1, stride=stride", ("bias=False),\n                nn.BatchNorm2d(out_channels),\n            )", "bias=False),\n            )")),
    m("R118", S, "nn.Conv2d(cin, cout, 1, s", ("bias=False),\n                nn.BatchNorm2d(cout),", "bias=False),")),
    m("R118", Fn, "s = F.conv2d(x", ("            s = norm(self, 2, s)\n", "")),
    m("R119", A, "nn.ReLU()", ("nn.BatchNorm2d(out_channels),\n            )", "nn.BatchNorm2d(out_channels),\n                nn.ReLU(),\n            )")),
    m("R119", S, "nn.ReLU6()", ("nn.BatchNorm2d(cout),\n            )", "nn.BatchNorm2d(cout),\n                nn.ReLU6(),\n            )")),
    m("R119", Fn, "norm(self, 2, s).relu()", ("norm(self, 2, s)", "norm(self, 2, s).relu()")),
    m("R120", A, "out = out + self.shortcut(out)", ("        identity = self.shortcut(x)\n", ""), ("out + identity", "out + self.shortcut(out)")),
    m("R120", S, "skip = y if self.right", ("skip = x if self.right is None else self.right(x)", "skip = y if self.right is None else self.right(y)")),
    m("R120", Fn, "s = F.conv2d(h, self.ws)", ("s = F.conv2d(x, self.ws, stride=self.stride)", "s = F.conv2d(h, self.ws)"), ("nout, nin, 1, 1", "nout, nout, 1, 1")),
    m("R121", A, "out = self.bn1(out)", ("self.bn2(out)", "self.bn1(out)")),
    m("R121", S, "self.bn(self.left[3](y))", ("y = self.left(x)", "y = F.relu(self.bn(self.left[0](x)))\n        y = self.bn(self.left[3](y))"), ("self.right = None", "self.bn = nn.BatchNorm2d(cout)\n        self.right = None")),
    m("R121", Fn, "return F.batch_norm", ("norm(self, 1, h)", "norm(self, 0, h)")),
    m("R125", A, "self.convs = [", ("self.conv2 = nn.Conv2d(", "self.convs = [nn.Conv2d("), ("stride=1, padding=1, bias=False)", "stride=1, padding=1, bias=False)]"), ("self.conv2(out)", "self.convs[0](out)")),
    m("R125", S, "self.extra = {", ("self.right = None", "self.extra = {'c': nn.Conv2d(cout, cout, 3, padding=1)}\n        self.right = None"), ("y = self.left(x)", "y = self.extra['c'](self.left(x))")),
    m("R125", Fn, "self.layers = (", ("self.stride = stride\n", "self.stride = stride\n        self.layers = (nn.Conv2d(nout, nout, 3, padding=1),)\n"), ("h = norm(self, 1, h)", "h = norm(self, 1, self.layers[0](h))")),
    m("R126", A, "self.conv3 =", ("self.shortcut = nn.Identity()", "self.conv3 = nn.Conv2d(out_channels, out_channels, 1)\n        self.shortcut = nn.Identity()")),
    m("R126", S, "self.extra =", ("self.right = None", "self.extra = nn.Sequential(nn.Conv2d(cout, cout, 1))\n        self.right = None")),
    m("R126", A, "self.bn2 =", ("        out = self.bn2(out)\n", "")),
    m("R127", A, "self.conv2(out.detach())", ("self.conv2(out)", "self.conv2(out.detach())")),
    m("R127", S, "self.left(x.detach()).detach()", ("self.left(x)", "self.left(x.detach()).detach()")),
    m("R127", Fn, "h = F.conv2d(h.data, self.w2", ("F.conv2d(h, self.w2", "F.conv2d(h.data, self.w2")),
    m("R127", A, "out = self.conv1(x)", ("        out = self.conv1(x)\n", "        with torch.no_grad():\n            out = self.conv1(x)\n")),
    m("R128", A, "self.conv1 =", ("padding=1, bias=False", "padding=1"), severity="note"),
    m("R128", S, "nn.Conv2d(cin, cout, 3, s, 1)", ("3, s, 1, bias=False", "3, s, 1"), severity="note"),
    m("R128", Fn, "self.w1, self.g[0]", ("self.w1, stride", "self.w1, self.g[0], stride"), severity="note"),
    m("R129", A, "self.conv2 =", ("stride=1, padding=1", "stride=1")),
    m("R129", S, "nn.Conv2d(cin, cout, 3, s, bias", ("3, s, 1, bias", "3, s, bias")),
    m("R129", Fn, "F.conv2d(h, self.w2)", ("self.w2, padding=1", "self.w2")),
    m("R130", A, "self.conv2 =", ("stride=1, padding=1", "stride=1, padding=2")),
    m("R130", S, "nn.Conv2d(cout, cout, 3, 1, 2", ("cout, cout, 3, 1, 1", "cout, cout, 3, 1, 2")),
    m("R130", Fn, "self.w2, padding=2", ("self.w2, padding=1", "self.w2, padding=2")),
    m("R133", A, "out = out.view(-1", ("        return out\n", "        out = out.view(-1, 4)\n        return out\n")),
    m("R135", A, "F.softmax(out, dim=0)", ("self.bn2(out)", "self.bn2(out) * F.softmax(out, dim=0)")),
    m("R135", S, "y.softmax(0)", ("y = y + skip", "y = y * y.softmax(0) + skip")),
    m("R135", Fn, "torch.softmax(h, 0)", ("h = h + s", "h = h * torch.softmax(h, 0) + s")),
    m("R143", A, "identity = F.pad", ("identity = self.shortcut(x)\n", "identity = F.pad(x[:, ::2, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))\n"), ("self.shortcut = nn.Identity()\n", "self.stride, self.extra = stride, out_channels - in_channels // 2\n        return\n")),
    m("R144", A, "nn.init.constant_", ("self.bn1 =", "nn.init.constant_(self.conv1.weight, 0.1)\n        self.bn1 =")),
    m("R144", S, "nn.init.normal_", ("self.right = None", "nn.init.normal_(self.left[0].weight)\n        self.right = None")),
    m("R145", A, "nn.init.zeros_(self.shortcut[1].weight)", ("            )\n\n    def forward", "            )\n            nn.init.zeros_(self.shortcut[1].weight)\n\n    def forward"), severity="error"),
    m("R146", A, "F.dropout(out, 0.3)", ("self.conv2(out)", "self.conv2(F.dropout(out, 0.3))")),
    m("R146", S, "F.dropout(self.left(x))", ("self.left(x)", "F.dropout(self.left(x))")),
    m("R146", Fn, "F.dropout2d(h, 0.1)", ("h = h + s", "h = F.dropout2d(h, 0.1) + s")),
    m("R147", A, "F.batch_norm(out, None", ("self.bn2(out)", "self.bn2(F.batch_norm(out, None, None, training=True))")),
    m("R147", S, "y - y.mean(0", ("y = y + skip", "y = y - y.mean(0, keepdim=True) + skip")),
    m("R147", Fn, "module.b[i], True", ("module.training", "True")),
    m("R148", A, "out = out + identity", ("nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)", "nn.AvgPool2d(stride, stride), nn.Conv2d(in_channels, out_channels, 1, bias=False)")),
    m("R148", S, "y = y + skip", ("nn.Conv2d(cin, cout, 1, s, bias=False)", "nn.MaxPool2d(s, s), nn.Conv2d(cin, cout, 1, bias=False)")),
    m("R148", Fn, "h = h + s", ("s = F.conv2d(x, self.ws, stride=self.stride)", "s = F.conv2d(F.avg_pool2d(x, self.stride), self.ws)")),
    m("R152", A, "(out + identity) / 2", ("out + identity", "(out + identity) / 2")),
    m("R152", S, "y = y + 0.1 * skip", ("y + skip", "y + 0.1 * skip")),
    m("R152", Fn, "h = torch.lerp(h, s, 0.5)", ("h + s", "torch.lerp(h, s, 0.5)")),
    m("R153", A, "out = torch.cat", ("out + identity", "torch.cat([out, identity], 1)")),
    m("R153", S, "y = torch.cat", ("y + skip", "torch.cat((y, skip), dim=1)")),
    m("R153", Fn, "h = torch.concat", ("h + s", "torch.concat([h, s], 1)")),
    m("R154", A, "self.conv2 =", ("self.conv2 = nn.Conv2d(out_channels,", "self.conv2 = nn.Conv2d(in_channels,")),
    m("R154", A, "self.conv1 =", ("self.conv1 = nn.Conv2d(in_channels, out_channels", "self.conv1 = nn.Conv2d(in_channels, in_channels")),
    m("R154", A, "self.bn2 =", ("self.bn2 = nn.BatchNorm2d(out_channels)", "self.bn2 = nn.BatchNorm2d(in_channels)")),
    m("R154", S, "nn.Conv2d(cin, cout, 3, 1, 1", ("nn.Conv2d(cout, cout", "nn.Conv2d(cin, cout")),
    m("R154", S, "nn.Conv2d(cin, cin, 1", ("nn.Conv2d(cin, cout, 1", "nn.Conv2d(cin, cin, 1")),
    m("R154", Fn, "F.conv2d(h, self.w2", ("nout, nout, 3, 3", "nout, nin, 3, 3")),
    m("R155", A, "self.conv3(out)", ("self.shortcut = nn.Identity()", "self.conv3 = nn.Conv2d(out_channels, out_channels, 1)\n        self.shortcut = nn.Identity()"), (ADD_A, ADD_A + "        self.conv3(out)\n")),
    m("R161", A, "self.rule(out)", ("F.relu(out)\n        out = self.conv2", "self.rule(out)\n        out = self.conv2")),
    m("R161", S, "y = y + shortcut", ("y + skip", "y + shortcut")),
    m("R161", Fn, "h = torch.rellu(h + s)", ("h + s", "torch.rellu(h + s)")),
]  # fmt: skip
