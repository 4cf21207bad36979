# residua-test: right target=ConvModule
import torch.nn as nn
class ConvModule(nn.Module):
    def __init__(self, d_model, kernel_size=15):
        super().__init__()
        self.ln = nn.LayerNorm(d_model)
        self.pw1 = nn.Conv1d(d_model, 2 * d_model, 1); self.glu = nn.GLU(dim=1)
        self.dw = nn.Conv1d(d_model, d_model, kernel_size, padding=kernel_size // 2, groups=d_model)
        self.bn = nn.BatchNorm1d(d_model); self.act = nn.SiLU(); self.pw2 = nn.Conv1d(d_model, d_model, 1)
    def forward(self, x):
        y = self.ln(x).transpose(1, 2)
        y = self.pw2(self.act(self.bn(self.dw(self.glu(self.pw1(y))))))
        return x + y.transpose(1, 2)
