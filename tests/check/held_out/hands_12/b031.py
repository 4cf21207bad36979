# residua-test: wrong target=SKResidual
# What is wrong: the softmax over the stacked branch logits uses dim=0, which is the batch, instead of the branch axis 1
import torch
import torch.nn as nn


class SKResidual(nn.Module):
    # selective kernel unit (two kernel sizes) inside a residual connection
    def __init__(self, features, M=2, r=8, L=16):
        super(SKResidual, self).__init__()
        d = max(int(features / r), L)
        self.M = M
        self.convs = nn.ModuleList([])
        for i in range(M):
            # dilated 3x3 in place of a bigger kernel
            self.convs.append(nn.Sequential(
                nn.Conv2d(features, features, 3, padding=1 + i, dilation=1 + i, groups=4, bias=False),
                nn.BatchNorm2d(features),
                nn.ReLU(inplace=True),
            ))
        self.fc = nn.Linear(features, d)
        self.fcs = nn.ModuleList([nn.Linear(d, features) for i in range(M)])
        self.softmax = nn.Softmax(dim=0)
        self.out = nn.Sequential(nn.Conv2d(features, features, 1, bias=False), nn.BatchNorm2d(features))

    def forward(self, x):
        # feas: B x M x C x H x W
        feas = torch.stack([conv(x) for conv in self.convs], dim=1)
        fea_U = feas.sum(dim=1)
        fea_s = fea_U.mean(-1).mean(-1)
        fea_z = torch.relu(self.fc(fea_s))
        attention_vectors = torch.stack([fc(fea_z) for fc in self.fcs], dim=1)
        attention_vectors = self.softmax(attention_vectors)  # expect: R135
        attention_vectors = attention_vectors.unsqueeze(-1).unsqueeze(-1)
        fea_v = (feas * attention_vectors).sum(dim=1)
        return torch.relu(x + self.out(fea_v))
