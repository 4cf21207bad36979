# residua-test: right target=DataEmbedding
from torch import nn


class TemporalEmbedding(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.hour_embed = nn.Embedding(24, d_model)
        self.weekday_embed = nn.Embedding(7, d_model)

    def forward(self, x):
        x = x.long()
        return self.hour_embed(x[:, :, 1]) + self.weekday_embed(x[:, :, 0])


class DataEmbedding(nn.Module):
    def __init__(self, c_in, d_model):
        super().__init__()
        self.value = nn.Conv1d(c_in, d_model, 3, padding=1, padding_mode="circular", bias=False)
        self.temporal = TemporalEmbedding(d_model)

    def forward(self, x, x_mark):
        return self.value(x.permute(0, 2, 1)).transpose(1, 2) + self.temporal(x_mark)
