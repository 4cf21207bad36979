# residua-test: wrong target=FrozenBackboneNet
# What is wrong: freeze() puts the frozen batch norms in eval only once; the next model.train() sets them back to training, so the frozen backbone keeps using batch statistics and overwriting its running stats
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(y)))


class Backbone(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 4, stride=4, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.body = nn.Sequential(*[ResBlock(width) for _ in range(3)])

    def forward(self, x):
        return self.body(self.stem(x)).mean((2, 3))


class FrozenBackboneNet(nn.Module):
    """New head on a frozen, pretrained backbone.

    The frozen backbone has to stay exactly what it was when it was trained: no
    weight and no batch norm statistic may change while the head is fitted.
    """

    def __init__(self, num_classes=5, width=32, state_dict=None):
        super().__init__()
        self.backbone = Backbone(width)
        if state_dict is not None:
            self.backbone.load_state_dict(state_dict)
        self.head = nn.Linear(width, num_classes)
        self.freeze()

    def freeze(self):
        for p in self.backbone.parameters():
            p.requires_grad = False
        for m in self.backbone.modules():
            if isinstance(m, nn.BatchNorm2d):  # expect
                m.eval()

    def forward(self, x):
        return self.head(self.backbone(x))
