"""task: static

This takes a pretrained network from a library. Here you freeze the one that you are handed.
"""

from torchvision.models import resnet18


def freeze_and_head(net, n_classes):
    new = resnet18(num_classes=n_classes)
    return new, list(new.fc.parameters())
