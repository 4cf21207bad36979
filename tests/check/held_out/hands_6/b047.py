# residua-test: right target=MixerLayer
import torch.nn as nn


class Mlp(nn.Module):
    def __init__(self, num_features, hidden, dropout):
        super().__init__()
        self.fc1 = nn.Linear(num_features, hidden)
        self.act = nn.GELU()
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, num_features)

    def forward(self, x):
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))


class MixerLayer(nn.Module):
    def __init__(self, num_features=24, num_patches=16, tokens_hidden=32, channels_hidden=96, dropout=0.0):
        super().__init__()
        self.norm_t = nn.LayerNorm(num_features)
        self.norm_c = nn.LayerNorm(num_features)
        self.token_mixer = Mlp(num_patches, tokens_hidden, dropout)
        self.channel_mixer = Mlp(num_features, channels_hidden, dropout)

    def forward(self, x):
        # x: (bs, num_patches, num_features)
        residual = x
        x = self.norm_t(x).transpose(1, 2)
        x = self.token_mixer(x).transpose(1, 2)
        x = x + residual
        residual = x
        x = self.channel_mixer(self.norm_c(x))
        return x + residual
