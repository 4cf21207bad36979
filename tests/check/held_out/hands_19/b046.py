# residua-test: right target=InputTransition
# Why it is right: V-Net's input stage adds the one-channel volume to all 16 feature channels; broadcasting does the repetition.
# V-Net, first stage of the encoder for prostate MR volumes (one channel)
import torch
import torch.nn as nn


class InputTransition(nn.Module):
    def __init__(self, out_chans=16, elu=True):
        super().__init__()
        self.conv1 = nn.Conv3d(1, out_chans, kernel_size=5, padding=2)
        self.bn1 = nn.BatchNorm3d(out_chans)
        self.act = nn.ELU() if elu else nn.PReLU(out_chans)

    def forward(self, x):
        # x: (B, 1, D, H, W)
        out = self.bn1(self.conv1(x))
        return self.act(out + x)


if __name__ == '__main__':
    net = InputTransition()
    print(net(torch.zeros(1, 1, 16, 32, 32)).shape)
