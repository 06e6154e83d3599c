"""Networks of PyTorch's as ONNX files, and what PyTorch computes by them.

    python3 tests/golden/backbone.py        writes backbone/any.onnx, two.onnx and tensors.json beside this file

A narrow VGG: convolutions and poolings, then fc6, fc7 and fc8, as the papers' networks end. any.onnx takes any number of
photos, two.onnx two. fc8 is their output; fc7 and the grid of the last pooling are inner tensors.
"""
import json
import pathlib

import torch
from torch import nn

SIZE, BATCH = 20, 5
FOLDER = pathlib.Path(__file__).with_suffix("")


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for width in (4, 8):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(),
                       nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            channels = width
        self.features = nn.Sequential(*layers)
        self.fc6 = nn.Linear(8 * (SIZE // 4) ** 2, 16)
        self.fc7 = nn.Linear(16, 12)
        self.fc8 = nn.Linear(12, 10)

    def forward(self, x):
        grid = self.features(x)
        seven = self.fc7(torch.relu(self.fc6(torch.flatten(grid, 1))))
        return self.fc8(torch.relu(seven)), seven, grid


class Classifier(nn.Module):
    def __init__(self, vgg):
        super().__init__()
        self.vgg = vgg

    def forward(self, x):
        return self.vgg(x)[0]


def numbers(tensor):
    """The numbers of a tensor, those of grids region by region, and so short that they read back as they are."""
    if tensor.ndim == 4:
        tensor = tensor.permute(0, 2, 3, 1)
    return [float(f"{value:.9g}") for value in tensor.reshape(-1).tolist()]


torch.manual_seed(7)
vgg = Vgg().eval()
x = torch.randn(BATCH, 3, SIZE, SIZE).mul(100).round().div(100)
with torch.no_grad():
    scores, seven, grid = vgg(x)
    tensors = {"x": [round(value, 2) for value in x.reshape(-1).tolist()], "fc8": numbers(scores), "fc7": numbers(seven),
               "grid": numbers(grid)}
    for side in (4, 3, 2, 1):
        tensors[f"grid {side}"] = numbers(nn.AdaptiveAvgPool2d(side)(grid))
FOLDER.mkdir(exist_ok=True)
(FOLDER / "tensors.json").write_text(json.dumps(tensors) + "\n")
for name, example, axes in (("any", x, {"image": {0: "n"}}), ("two", x[:2], None)):
    torch.onnx.export(Classifier(vgg), example, str(FOLDER / f"{name}.onnx"), input_names=["image"],
                      output_names=["scores"], dynamic_axes=axes)
