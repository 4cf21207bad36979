# residua-test: wrong target=Net
import torch.nn as nn


class CAB(nn.Module):
    def __init__(self, n_feat, act):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(n_feat, n_feat, 3, padding=1), act, nn.Conv2d(n_feat, n_feat, 3, padding=1))

    def forward(self, x):
        return x + self.body(x)


class Net(nn.Module):
    def __init__(self, in_c=3, n_feat=24, depth=3):
        super().__init__()
        act = nn.PReLU()  # expect: R195
        self.head = nn.Conv2d(in_c, n_feat, 3, padding=1)
        self.cabs = nn.Sequential(*[CAB(n_feat, act) for _ in range(depth)])
        self.tail = nn.Conv2d(n_feat, in_c, 3, padding=1)

    def forward(self, x):
        return self.tail(self.cabs(self.head(x))) + x
