"""clenet's default network in PyTorch."""

import torch
from torch import nn
from torch.nn import functional


class LeNet(nn.Module):
    """Keras's momentum .99 is PyTorch's .01."""

    def __init__(self):
        super().__init__()
        self.conv2d_1 = nn.Conv2d(1, 6, 5, padding=2)
        self.batchnorm_1 = nn.BatchNorm2d(6, eps=1e-3, momentum=0.01)
        self.conv2d_2 = nn.Conv2d(6, 16, 5)
        self.batchnorm_2 = nn.BatchNorm2d(16, eps=1e-3, momentum=0.01)
        self.dense_1 = nn.Linear(400, 120)
        self.dense_2 = nn.Linear(120, 84)
        self.dense_3 = nn.Linear(84, 10)
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv2d_1(x)), 2)
        x = functional.dropout(self.batchnorm_1(x), 0.1, self.training)
        x = functional.max_pool2d(functional.relu(self.conv2d_2(x)), 2)
        x = functional.dropout(self.batchnorm_2(x), 0.3, self.training)
        x = functional.relu(self.dense_1(x.flatten(1)))
        x = functional.relu(self.dense_2(x))
        return self.dense_3(x)

    def set_weights(self, weights):
        """By clenet's names, as digits.load_weights gives them."""
        names = {"weight": "kernel", "bias": "bias"}
        norms = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
        with torch.no_grad():
            for name, layer in self.named_children():
                for ours, theirs in (norms if name.startswith("batchnorm") else names).items():
                    getattr(layer, ours).copy_(torch.from_numpy(weights[f"{name}.{theirs}"]))
