# residua-test: right target=SpeechBlock
import torch.nn as nn


class SpeechBlock(nn.Module):
    def __init__(self, features=48, hidden=32):
        super().__init__()
        self.norm = nn.LayerNorm(features)
        self.rnn = nn.LSTM(features, hidden, batch_first=True, bidirectional=True)
        self.proj = nn.Linear(2 * hidden, features)

    def forward(self, x):
        y = self.rnn(self.norm(x))[0]
        return x + self.proj(y)
