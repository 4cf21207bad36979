# residua-test: right target=Demucs
import torch
from torch import nn
import torch.nn.functional as F


class BLSTM(nn.Module):
    def __init__(self, dim, layers=2):
        super().__init__()
        self.lstm = nn.LSTM(dim, dim, layers, bidirectional=True)
        self.linear = nn.Linear(2 * dim, dim)

    def forward(self, x):
        x = x.permute(2, 0, 1)
        x = self.lstm(x)[0]
        x = self.linear(x)
        return x.permute(1, 2, 0)


def center_trim(tensor, reference):
    delta = tensor.size(-1) - reference.size(-1)
    if delta:
        tensor = tensor[..., delta // 2 : tensor.size(-1) - (delta - delta // 2)]
    return tensor


class Demucs(nn.Module):
    def __init__(self, sources=4, audio_channels=2, channels=16, depth=3, kernel_size=8, stride=4, growth=2.0):
        super().__init__()
        self.sources = sources
        self.audio_channels = audio_channels
        self.encoder = nn.ModuleList()
        self.decoder = nn.ModuleList()
        in_channels = audio_channels
        for index in range(depth):
            encode = [nn.Conv1d(in_channels, channels, kernel_size, stride), nn.ReLU(),
                      nn.Conv1d(channels, 2 * channels, 1), nn.GLU(dim=1)]
            self.encoder.append(nn.Sequential(*encode))
            out = in_channels if index > 0 else sources * audio_channels
            decode = [nn.Conv1d(channels, 2 * channels, 3), nn.GLU(dim=1),
                      nn.ConvTranspose1d(channels, out, kernel_size, stride)]
            if index > 0:
                decode.append(nn.ReLU())
            self.decoder.insert(0, nn.Sequential(*decode))
            in_channels = channels
            channels = int(growth * channels)
        self.lstm = BLSTM(in_channels)

    def forward(self, mix):
        x = mix
        skips = []
        for encode in self.encoder:
            x = encode(x)
            skips.append(x)
        x = self.lstm(x)
        for decode in self.decoder:
            skip = center_trim(skips.pop(), x)
            x = x + skip
            x = decode(x)
        return x.view(x.size(0), self.sources, self.audio_channels, x.size(-1))
