# residua-test: right target=GroupedNet
from collections import OrderedDict
import torch
from torch import nn
import torch.nn.functional as F


def norm_conv(name, cin, cout, k, stride=1, groups=1):
    return [(f"{name}_conv", nn.Conv2d(cin, cout, k, stride, k // 2, groups=groups, bias=False)),
            (f"{name}_norm", nn.BatchNorm2d(cout))]


class Transform(nn.Module):
    """aggregated transformations, grouped form (figure 3c)"""

    def __init__(self, cin, cout, stride, cardinality, per_group):
        super().__init__()
        d = cardinality * per_group
        self.branch = nn.Sequential(OrderedDict(
            norm_conv("reduce", cin, d, 1) + [("relu1", nn.ReLU(inplace=True))]
            + norm_conv("group", d, d, 3, stride, cardinality) + [("relu2", nn.ReLU(inplace=True))]
            + norm_conv("expand", d, cout, 1)))
        self.skip = nn.Sequential(OrderedDict(norm_conv("skip", cin, cout, 1, stride) if cin != cout or stride != 1 else []))

    def forward(self, x):
        return F.relu(self.skip(x) + self.branch(x), inplace=True)


class GroupedNet(nn.Module):
    def __init__(self, depth=11, cardinality=4, base=8, labels=10):
        super().__init__()
        if (depth - 2) % 9:
            raise ValueError("depth must be 9n + 2")
        n = (depth - 2) // 9
        self.first = nn.Sequential(OrderedDict(norm_conv("first", 3, 32, 3) + [("relu", nn.ReLU(inplace=True))]))
        named, cin = OrderedDict(), 32
        for stage in range(3):
            ratio = 2 ** stage
            for b in range(n):
                named[f"s{stage}b{b}"] = Transform(cin, 64 * ratio, 2 if stage > 0 and b == 0 else 1, cardinality, int(base * ratio))
                cin = 64 * ratio
        self.stages = nn.Sequential(named)
        self.classifier = nn.Linear(cin, labels)

    def forward(self, x):
        x = self.stages(self.first(x))
        return self.classifier(F.adaptive_avg_pool2d(x, 1).flatten(1))
