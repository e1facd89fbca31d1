"""What PyTorch says, for export_torch.sh and import_torch.sh.

answers MODULE STATE ROWS PROBABILITIES   the module that export printed loads STATE, and gives PROBABILITIES within 1e-5
make NETWORK STATE ROWS PROBABILITIES     makes a network of NETWORKS, its STATE and what it gives for ROWS
"""
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn


def pixels(rows, shape):
    """Rows of Kaggle's test.csv: images [n][h][w][c] of bytes, to [n][c][h][w]."""
    table = np.loadtxt(rows, delimiter=",", skiprows=1, dtype=np.float32)
    channels, height, width = shape
    images = torch.from_numpy(table / np.float32(255)).reshape(-1, height, width, channels)
    return images.permute(0, 3, 1, 2).contiguous()


def answers(module, state, rows, probabilities):
    names = {}
    exec(open(module).read(), names)
    network = names["load"](state)
    shape = [int(n) for n in names["Network"].__doc__.split("[n, ")[1].split("]")[0].split(",")]
    with torch.no_grad():
        got = network(pixels(rows, shape)).numpy()
    wanted = np.loadtxt(probabilities, delimiter=",", skiprows=1)[:, -got.shape[1]:]
    worst = np.abs(got - wanted).max()
    print(f"{len(got)} images, largest difference {worst:.2g}")
    assert got.shape == wanted.shape and worst <= 1e-5, worst
    assert (got.argmax(1) == wanted.argmax(1)).all()


class LeNet(nn.Module):
    """As people write it: modules by name, a flatten of [c][h][w], logits."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5, bias=False)
        self.bn = nn.BatchNorm2d(16)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.bn(self.conv2(x))), 2)
        x = torch.flatten(x, 1)
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


def strided():
    """Strides, groups, uneven numbers of channels, a batch norm behind the flatten."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.BatchNorm2d(8), nn.Tanh(),
        nn.MaxPool2d(3, stride=2, padding=1), nn.Conv2d(8, 12, (3, 2), groups=4), nn.LeakyReLU(0.01),
        nn.Flatten(), nn.BatchNorm1d(12 * 5 * 6), nn.Dropout(0.5), nn.Linear(12 * 5 * 6, 10))


def make(network, state, rows, probabilities):
    torch.manual_seed(1)
    made = {"lenet": LeNet, "strided": strided}[network]()
    with torch.no_grad():
        for name, values in made.state_dict().items():
            if name.endswith("running_mean") or name.endswith(".bias"):
                values.uniform_(-0.5, 0.5)
            elif name.endswith("running_var"):
                values.uniform_(0.3, 1.5)
    made.eval()
    save_file(made.state_dict(), state)
    with torch.no_grad():
        given = torch.softmax(made(pixels(rows, (1, 28, 28))), 1).numpy()
    np.savetxt(probabilities, given, delimiter=",", header="made", comments="", fmt="%.9g")


{"answers": answers, "make": make}[sys.argv[1]](*sys.argv[2:])
