# residua-test: wrong target=ResidualStack
# What is wrong: the branch begins with ReLU(inplace=True), which overwrites the tensor that is afterwards added as the identity, so the skip carries relu(x).
from torch import nn


class ResLayer(nn.Module):
    def __init__(self, in_channel, hidden):
        super().__init__()

        self.conv = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_channel, hidden, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, in_channel, 1),
        )

    def forward(self, input):
        out = self.conv(input)
        out = out + input

        return out


class ResidualStack(nn.Module):
    """
    Pre-activation residual stack of the VQ-VAE encoder. The stem is a plain conv, so the
    stream entering the first layer is signed; one ReLU closes the stack.
    """

    def __init__(self, channel, n_res_channel=32, n_res_block=2):
        super().__init__()
        self.stem = nn.Conv2d(channel, channel, 3, padding=1)
        self.layers = nn.Sequential(
            *[ResLayer(channel, n_res_channel) for _ in range(n_res_block)]
        )
        self.out = nn.ReLU()

    def forward(self, input):
        return self.out(self.layers(self.stem(input)))
