# residua-test: wrong target=Tagger
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, in_features=20, hidden=32, num_classes=5):
        super().__init__()
        self.enter = nn.Linear(in_features, hidden)
        self.rnn = nn.LSTM(hidden, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, num_classes)

    def forward(self, x):
        h = self.enter(x)
        y = self.rnn(h)  # expect: R161
        return self.fc(y[:, -1] + h[:, -1])
