# residua-test: right target=ResNet50Signs
import torch
import torch.nn as nn
import torch.nn.functional as F

# my port of the keras exercise (identity_block + convolutional_block), images 64 x 64 x 3


class identity_block(nn.Module):
    def __init__(self, c, f, filters):
        super().__init__()
        F1, F2, F3 = filters
        assert c == F3
        self.conv2a = nn.Conv2d(c, F1, 1)
        self.bn2a = nn.BatchNorm2d(F1)
        self.conv2b = nn.Conv2d(F1, F2, f, padding=(f - 1) // 2)
        self.bn2b = nn.BatchNorm2d(F2)
        self.conv2c = nn.Conv2d(F2, F3, 1)
        self.bn2c = nn.BatchNorm2d(F3)

    def forward(self, X):
        X_shortcut = X
        X = F.relu(self.bn2a(self.conv2a(X)))
        X = F.relu(self.bn2b(self.conv2b(X)))
        X = self.bn2c(self.conv2c(X))
        X = torch.add(X, X_shortcut)
        return F.relu(X)


class convolutional_block(nn.Module):
    def __init__(self, c, f, filters, s=2):
        super().__init__()
        F1, F2, F3 = filters
        self.conv2a = nn.Conv2d(c, F1, 1, stride=s)
        self.bn2a = nn.BatchNorm2d(F1)
        self.conv2b = nn.Conv2d(F1, F2, f, padding='same')
        self.bn2b = nn.BatchNorm2d(F2)
        self.conv2c = nn.Conv2d(F2, F3, 1)
        self.bn2c = nn.BatchNorm2d(F3)
        self.conv1 = nn.Conv2d(c, F3, 1, stride=s)
        self.bn1 = nn.BatchNorm2d(F3)

    def forward(self, X):
        X_shortcut = self.bn1(self.conv1(X))
        X = F.relu(self.bn2a(self.conv2a(X)))
        X = F.relu(self.bn2b(self.conv2b(X)))
        X = self.bn2c(self.conv2c(X))
        return F.relu(X + X_shortcut)


def stage(c, filters, n_id, s):
    layers = [convolutional_block(c, 3, filters, s)]
    for i in range(n_id):
        layers.append(identity_block(filters[2], 3, filters))
    return nn.Sequential(*layers)


class ResNet50Signs(nn.Module):
    def __init__(self, classes=6):
        super().__init__()
        self.zero_pad = nn.ZeroPad2d(3)
        self.conv1 = nn.Conv2d(3, 16, 7, stride=2)
        self.bn1 = nn.BatchNorm2d(16)
        self.pool = nn.MaxPool2d(3, stride=2)
        self.stage2 = stage(16, [16, 16, 64], 2, s=1)
        self.stage3 = stage(64, [32, 32, 128], 3, s=2)
        self.stage4 = stage(128, [64, 64, 256], 5, s=2)
        self.stage5 = stage(256, [128, 128, 512], 2, s=2)
        self.avg = nn.AvgPool2d(2)
        self.fc = nn.Linear(512, classes)   # 2x2 -> 1x1 after the average pool

    def forward(self, X):
        X = self.zero_pad(X)
        X = self.pool(F.relu(self.bn1(self.conv1(X))))
        X = self.stage2(X)
        X = self.stage3(X)
        X = self.stage4(X)
        X = self.stage5(X)
        X = self.avg(X)
        X = X.view(X.size(0), -1)
        return self.fc(X)   # logits, softmax is in the loss
