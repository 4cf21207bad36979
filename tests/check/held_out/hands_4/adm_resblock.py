# residua-test: right target=ResBlock args=channels=32,emb_channels=128,out_channels=64,down=True
import torch as th
import torch.nn as nn
import torch.nn.functional as F


def zero_module(module):
    """Zero out the parameters of a module and return it."""
    for p in module.parameters():
        p.detach().zero_()
    return module


def normalization(channels):
    return nn.GroupNorm(min(32, channels // 4), channels)


class ResBlock(nn.Module):
    def __init__(self, channels, emb_channels, dropout=0.0, out_channels=None, up=False, down=False, num_classes=None):
        super().__init__()
        assert not (up and down)
        self.out_channels = out_channels or channels
        self.in_layers = nn.Sequential(normalization(channels), nn.SiLU(),
                                       nn.Conv2d(channels, self.out_channels, 3, padding=1))
        if up:
            self.resample = lambda t: F.interpolate(t, scale_factor=2, mode="nearest")
        elif down:
            self.resample = lambda t: F.avg_pool2d(t, 2)
        else:
            self.resample = None
        self.label_emb = nn.Embedding(num_classes, emb_channels) if num_classes is not None else None
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb_channels, 2 * self.out_channels))
        self.out_norm = normalization(self.out_channels)
        self.out_rest = nn.Sequential(
            nn.SiLU(), nn.Dropout(p=dropout),
            zero_module(nn.Conv2d(self.out_channels, self.out_channels, 3, padding=1)))
        if self.out_channels == channels:
            self.skip_connection = nn.Identity()
        else:
            self.skip_connection = nn.Conv2d(channels, self.out_channels, 1)

    def forward(self, x: th.Tensor, emb: th.Tensor, y: th.Tensor = None) -> th.Tensor:
        if self.resample is not None:
            in_rest, in_conv = self.in_layers[:-1], self.in_layers[-1]
            h = in_conv(self.resample(in_rest(x)))
            x = self.resample(x)
        else:
            h = self.in_layers(x)
        if self.label_emb is not None and y is not None:
            emb = emb + self.label_emb(y)
        scale, shift = self.emb_layers(emb)[..., None, None].chunk(2, dim=1)
        h = self.out_norm(h) * (1 + scale) + shift
        h = self.out_rest(h)
        return self.skip_connection(x) + h
