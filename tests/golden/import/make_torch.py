"""Makes torch.safetensors, torch.csv and torch-scaled.csv: a state dict of PyTorch, and the probabilities of the first 20 digits of
examples/digits/test.csv.gz, as they are and with another mean and deviation of the pixels. torch.txt is the network.

make_torch.py   writes into its folder; needs numpy, torch and safetensors (made with torch 2.15.0)
"""
import gzip
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

here = pathlib.Path(__file__).parent
torch.manual_seed(7)
network = nn.Sequential(
    nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(196, 10))
with torch.no_grad():
    network[1].weight.uniform_(0.5, 1.5)
    network[1].bias.uniform_(-0.5, 0.5)
    network[1].running_mean.uniform_(-0.2, 0.2)
    network[1].running_var.uniform_(0.05, 0.5)
network.eval()
save_file(network.state_dict(), here / "torch.safetensors")

with gzip.open(here / "../../../examples/digits/test.csv.gz", "rt") as rows:
    table = np.loadtxt(rows, delimiter=",", skiprows=1, max_rows=20, dtype=np.float32)[:, -784:]
images = torch.from_numpy(table / np.float32(255)).reshape(-1, 1, 28, 28)
with torch.no_grad():
    for name, x in [("torch.csv", images), ("torch-scaled.csv", (images - 0.1307) / 0.3081)]:
        answers = torch.softmax(network(x), 1).numpy()
        np.savetxt(here / name, answers, delimiter=",", header="probabilities of PyTorch", comments="", fmt="%.9g")
