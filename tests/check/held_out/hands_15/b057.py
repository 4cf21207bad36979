# residua-test: right target=MiniWaveNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class MiniWaveNet(nn.Module):
    """mu-law ids (B, T) with values 0..classes-1  ->  logits (B, classes, T) for the next sample"""

    def __init__(self, classes=256, res=32, skip=64, dilations=(1, 2, 4, 8)):
        super().__init__()
        self.classes = classes
        self.dilations = dilations
        self.embed = nn.Embedding(classes, res)
        self.filt = nn.ModuleList(nn.Conv1d(res, res, 2, dilation=d) for d in dilations)
        self.gate = nn.ModuleList(nn.Conv1d(res, res, 2, dilation=d) for d in dilations)
        self.skip = nn.ModuleList(nn.Conv1d(res, skip, 1) for _ in dilations)
        # the last layer feeds the skips only
        self.res = nn.ModuleList(nn.Conv1d(res, res, 1) for _ in dilations[:-1])
        self.post = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(),
                                  nn.Conv1d(skip, classes, 1))

    def forward(self, ids):
        x = self.embed(ids).transpose(1, 2)
        total = 0
        for i, d in enumerate(self.dilations):
            padded = F.pad(x, (d, 0))
            z = torch.tanh(self.filt[i](padded)) * torch.sigmoid(self.gate[i](padded))
            total = total + self.skip[i](z)
            if i < len(self.res):
                x = x + self.res[i](z)
        return self.post(total)
