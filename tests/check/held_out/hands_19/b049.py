# residua-test: wrong target=LeafNet
# What is wrong: the network returns softmax probabilities and the training step gives them to CrossEntropyLoss, which applies log-softmax itself.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualUnit(nn.Module):
    def __init__(self, in_f, out_f, stride):
        super().__init__()
        self.c1 = nn.Conv2d(in_f, out_f, 3, stride, 1, bias=False)
        self.n1 = nn.BatchNorm2d(out_f)
        self.c2 = nn.Conv2d(out_f, out_f, 3, 1, 1, bias=False)
        self.n2 = nn.BatchNorm2d(out_f)
        self.sc = nn.Sequential(nn.Conv2d(in_f, out_f, 1, stride, bias=False), nn.BatchNorm2d(out_f))

    def forward(self, x):
        y = F.relu(self.n1(self.c1(x)))
        y = self.n2(self.c2(y))
        return F.relu(y + self.sc(x))


class LeafNet(nn.Module):
    def __init__(self, num_classes=5):
        super().__init__()
        self.features = nn.Sequential(
            ResidualUnit(3, 16, 2), ResidualUnit(16, 32, 2), ResidualUnit(32, 64, 2))
        self.head = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.features(x).mean([2, 3])
        return F.softmax(self.head(x), dim=1)  # expect: R134


def train_one_epoch(model, loader, optimizer, device='cpu'):
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    model.train()
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(images), labels)  # expect
        loss.backward()
        optimizer.step()
