# residua-test: right target=GatedResidualNetwork
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedResidualNetwork(nn.Module):
    def __init__(self, input_size=32, hidden_size=64, output_size=None, context_size=None, dropout=0.1):
        super().__init__()
        output_size = output_size or input_size

        self.fc1 = nn.Linear(input_size, hidden_size)
        self.context = nn.Linear(context_size, hidden_size, bias=False) if context_size else None
        self.fc2 = nn.Linear(hidden_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.gate = nn.Linear(hidden_size, 2 * output_size)
        self.skip = nn.Linear(input_size, output_size) if output_size != input_size else nn.Identity()
        self.norm = nn.LayerNorm(output_size)

    def forward(self, x, context=None):
        h = self.fc1(x)
        if context is not None and self.context is not None:
            c = self.context(context)
            if c.dim() < h.dim():       # static context, same for all steps
                c = c.unsqueeze(1)
            h = h + c
        h = F.elu(h)
        h = self.dropout(self.fc2(h))
        h = F.glu(self.gate(h), dim=-1)
        return self.norm(self.skip(x) + h)
