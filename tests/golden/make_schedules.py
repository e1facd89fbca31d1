#!/usr/bin/env python3
"""Make the golden values of the learning rate's schedules: those of PyTorch's own, step by step. README.md says more."""

import json
import pathlib

import torch

RATE = 0.25
STEPS = (2, 3, 10, 97)


def rates(make, steps):
    """The rate of each step of a training."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    schedule = make(optimizer, steps)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(found) < steps:
            schedule.step()
    return found


def main():
    schedules = torch.optim.lr_scheduler
    makers = {
        "cosine": lambda optimizer, steps: schedules.CosineAnnealingLR(optimizer, T_max=steps),
        "one-cycle": lambda optimizer, steps: schedules.OneCycleLR(optimizer, max_lr=RATE, total_steps=steps),
    }
    cases = [
        {"schedule": name, "rate": RATE, "rates": rates(make, steps)} for name, make in makers.items() for steps in STEPS
    ]
    path = pathlib.Path(__file__).resolve().parent / "schedules.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
