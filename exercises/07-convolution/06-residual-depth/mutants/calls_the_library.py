"""task: static

This takes the block from a library. The point is to build it.
"""

from torchvision.models.resnet import BasicBlock


class ResBlock(BasicBlock):
    def __init__(self, C_in, C_out, stride=1, shortcut=True):
        super().__init__(C_in, C_out, stride)
