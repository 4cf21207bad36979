# residua-test: right target=WaveNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNet(nn.Module):
    def __init__(self, n_classes=256, n_residual=16, n_skip=24, n_layers=6, max_dilation=8):
        super().__init__()
        self.embed = nn.Embedding(n_classes, n_residual)
        self.n_layers = n_layers
        self.dilate_layers = nn.ModuleList()
        self.res_layers = nn.ModuleList()
        self.skip_layers = nn.ModuleList()
        self.dilations = []

        d = 1
        for i in range(n_layers):
            self.dilations.append(d)
            self.dilate_layers.append(nn.Conv1d(n_residual, 2 * n_residual, 2, dilation=d))
            # last one is not necessary
            if i < n_layers - 1:
                self.res_layers.append(nn.Conv1d(n_residual, n_residual, 1))
            self.skip_layers.append(nn.Conv1d(n_residual, n_skip, 1))
            d = d * 2 if d < max_dilation else 1

        self.conv_out = nn.Conv1d(n_skip, n_classes, 1, bias=False)
        self.conv_end = nn.Conv1d(n_classes, n_classes, 1, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens).transpose(1, 2)
        output = None
        for i in range(self.n_layers):
            in_act = self.dilate_layers[i](F.pad(x, (self.dilations[i], 0)))
            t, s = in_act.split(in_act.size(1) // 2, dim=1)
            acts = torch.tanh(t) * torch.sigmoid(s)
            if i < self.n_layers - 1:
                x = x + self.res_layers[i](acts)
            skip = self.skip_layers[i](acts)
            output = skip if output is None else output + skip
        output = self.conv_out(F.relu(output))
        return self.conv_end(F.relu(output))
