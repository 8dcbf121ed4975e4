# task: 1.2
# kind: honest
# says: one seed in the set-up and none in the task; loss as inline softmax, log and mean; one_hot written by hand
# fails: -
# code: -
# epochs: 20
# %% setup
import torch
import numpy as np
import matplotlib.pyplot as plt

torch.manual_seed(43052)
epochs = 20
symbols = ["!", "?", "h", "i", "e", "l", "o"]
text = "hi?hello!!" * 100
rows = [[1.0 if s == c else 0.0 for s in symbols] for c in text]
x = torch.tensor(rows[:-1])
y = torch.tensor(rows[1:])


# %% 1.2
def make():
    return torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)


cell, linear = make()
optimizer = torch.optim.Adam(
    list(cell.parameters()) + list(linear.parameters()), lr=0.1, betas=(0.9, 0.999), eps=1e-8
)
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    p = torch.softmax(linear(torch.stack(hidden)), dim=1)
    loss = -torch.mean(torch.sum(y * torch.log(p), dim=1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = p.detach()
