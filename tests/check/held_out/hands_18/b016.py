# residua-test: wrong target=MakeBlock
# What is wrong: The shortcut is computed but never added: the return leaves it out, so the block is a plain conv stack and the shortcut weights get no gradient.
import torch.nn as nn
import torch


class MakeBlock(nn.Module):
    '''generator residual, prelu everywhere'''

    def __init__(self, n_in, n_out, alpha=0.25):
        super().__init__()
        self.layers = nn.ModuleDict({
            'c1': nn.Conv2d(n_in, n_out, 3, padding=1),
            'a1': nn.PReLU(n_out, init=alpha),
            'c2': nn.Conv2d(n_out, n_out, 3, padding=1),
            'a2': nn.PReLU(n_out, init=alpha),
        })
        self.shortcut = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x):
        skip = self.shortcut(x)
        net = x
        for name in ('c1', 'a1', 'c2'):
            net = self.layers[name](net)
        return self.layers['a2'](net)  # expect: R102
