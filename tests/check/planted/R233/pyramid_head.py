# residua-test: wrong target=FaceDetector right=networks/norm_of_each_level
import torch.nn as nn
import torch.nn.functional as F


class Stage(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, 2, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.down(x))


class FaceDetector(nn.Module):
    """A top-down pyramid of two levels; boxes and scores by the same layers on both."""

    def __init__(self, width=24, anchors=3):
        super().__init__()
        self.stage1, self.stage2 = Stage(3, width), Stage(width, 2 * width)
        self.lateral1, self.lateral2 = nn.Conv2d(width, width, 1), nn.Conv2d(2 * width, width, 1)
        self.subnet = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        self.boxes = nn.Conv2d(width, 4 * anchors, 3, padding=1)
        self.scores = nn.Conv2d(width, anchors, 3, padding=1)

    def forward(self, image):
        c1 = self.stage1(image)
        c2 = self.stage2(c1)
        p2 = self.lateral2(c2)
        p1 = self.lateral1(c1) + F.interpolate(p2, scale_factor=2)
        fine = self.subnet(p1)
        coarse = self.subnet(p2)  # expect: R233
        return self.boxes(fine), self.scores(fine), self.boxes(coarse), self.scores(coarse)
