# residua-test: wrong target=HiFiResBlocks
# What is wrong: All three dilated convolutions of convs1 are built with dilation[0]; dilation[1] and dilation[2] are never used, so the receptive field is far smaller than the option says.
import torch.nn as nn
import torch.nn.functional as F

LRELU_SLOPE = 0.1


def get_padding(kernel_size, dilation=1):
    return int((kernel_size * dilation - dilation) / 2)


class ResBlock1(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=(1, 3, 5)):
        super().__init__()
        self.convs1 = nn.ModuleList([
            nn.Conv1d(channels, channels, kernel_size, 1, dilation=dilation[0],
                      padding=get_padding(kernel_size, dilation[0])),
            nn.Conv1d(channels, channels, kernel_size, 1, dilation=dilation[0],  # expect: R189
                      padding=get_padding(kernel_size, dilation[0])),
            nn.Conv1d(channels, channels, kernel_size, 1, dilation=dilation[0],
                      padding=get_padding(kernel_size, dilation[0]))
        ])
        self.convs2 = nn.ModuleList([
            nn.Conv1d(channels, channels, kernel_size, 1, dilation=1,
                      padding=get_padding(kernel_size, 1)) for _ in range(3)
        ])

    def forward(self, x):
        for c1, c2 in zip(self.convs1, self.convs2):
            xt = F.leaky_relu(x, LRELU_SLOPE)
            xt = c1(xt)
            xt = F.leaky_relu(xt, LRELU_SLOPE)
            xt = c2(xt)
            x = xt + x
        return x


class HiFiResBlocks(nn.Module):
    """multi receptive field fusion: mean of the resblocks with kernels 3, 7, 11"""

    def __init__(self, channels, kernels=(3, 7, 11), dilations=((1, 3, 5), (1, 3, 5), (1, 3, 5))):
        super().__init__()
        self.resblocks = nn.ModuleList(ResBlock1(channels, k, d) for k, d in zip(kernels, dilations))

    def forward(self, x):
        xs = None
        for rb in self.resblocks:
            xs = rb(x) if xs is None else xs + rb(x)
        return xs / len(self.resblocks)
