# residua-test: wrong target=DenoiseAE
# What is wrong: the features kept for the skip connections are detached, so no gradient flows back through the skips
import torch
import torch.nn as nn


class DenoiseAE(nn.Module):
    """
    residual encoder decoder for low dose CT, 5 conv + 5 deconv, additive skips
    no padding, so the patch has to be bigger than 20
    """

    def __init__(self, out_ch=24, n=5):
        super(DenoiseAE, self).__init__()
        chs = [1] + [out_ch] * n
        self.encs = nn.ModuleList(
            [nn.Conv2d(chs[i], chs[i + 1], kernel_size=5, stride=1, padding=0) for i in range(n)])
        self.decs = nn.ModuleList(
            [nn.ConvTranspose2d(chs[i + 1], chs[i], kernel_size=5, stride=1, padding=0) for i in reversed(range(n))])
        self.relu = nn.ReLU()

    def forward(self, x):
        kept = []
        out = x
        for k, enc in enumerate(self.encs):
            if k % 2 == 0:
                kept.append(out.detach().clone())  # expect: R127
            out = self.relu(enc(out))
        # back up again
        n = len(self.decs)
        for k, dec in enumerate(self.decs):
            out = dec(out)
            if (n - 1 - k) % 2 == 0:
                out = out + kept.pop()
            if k < n - 1:
                out = self.relu(out)
        return self.relu(out)
