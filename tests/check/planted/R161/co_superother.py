# residua-test: wrong target=Down
import torch.nn as nn


class Down(nn.Module):
    def __init__(self, cin, cout):
        super(Up, self).__init__()  # expect: R161
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)

    def forward(self, x):
        return self.c1(x)


class Up(nn.Module):
    def __init__(self, cin, cout):
        super(Up, self).__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)

    def forward(self, x):
        return self.c1(x)
