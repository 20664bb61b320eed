"""task: static

A library that brings the finished module along is forbidden here: build it from tensors and parameters.
"""

import torchvision

TheName = torchvision.TheName
