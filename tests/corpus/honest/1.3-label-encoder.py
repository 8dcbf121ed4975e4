# task: 1.3
# kind: honest
# says: symbols in the order of np.unique (as LabelEncoder has it), own 1.2 in that order, 1.3 with a batch axis and ModuleDict
# fails: -
# code: -
# epochs: 20
# %% setup
import torch
import numpy as np
import matplotlib.pyplot as plt

epochs = 20
series = np.array(list("hi?hello!!" * 100))
classes_, encoded = np.unique(series, return_inverse=True)
encoded = torch.tensor(encoded)
data = torch.eye(len(classes_))[encoded]
x, y = data[:-1], data[1:]
labels = encoded[1:]
# %% 1.2
torch.manual_seed(43052)
rc = torch.nn.RNNCell(7, 8)
fc = torch.nn.Linear(8, 7)
op = torch.optim.Adam(list(rc.parameters()) + list(fc.parameters()), lr=0.1)
for i in range(epochs):
    h = torch.zeros(1, 8)
    o = []
    for t in range(len(x)):
        h = rc(x[t : t + 1], h)
        o.append(fc(h))
    o = torch.cat(o)
    loss = torch.nn.functional.cross_entropy(o, labels)
    op.zero_grad()
    loss.backward()
    op.step()
yhat = o.softmax(1).detach()


# %% 1.3
class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleDict(
            {
                "in": torch.nn.Linear(7, 8),
                "rec": torch.nn.Linear(8, 8),
            }
        )

    def forward(self, x, h):
        return torch.tanh(self.layers["in"](x) + self.layers["rec"](h))


torch.manual_seed(43052)
src = torch.nn.RNNCell(7, 8)
fc = torch.nn.Linear(8, 7)
cell = Cell()
torch.nn.utils.vector_to_parameters(
    torch.cat([src.weight_ih.flatten(), src.bias_ih, src.weight_hh.flatten(), src.bias_hh]).detach(),
    cell.parameters(),
)
op = torch.optim.Adam(list(cell.parameters()) + list(fc.parameters()), lr=0.1)
for i in range(epochs):
    h = torch.zeros(1, 8)
    o = []
    for t in range(len(x)):
        h = cell(x[t : t + 1], h)
        o.append(fc(h))
    o = torch.cat(o)
    loss = torch.nn.functional.cross_entropy(o, labels)
    op.zero_grad()
    loss.backward()
    op.step()
yhat = o.softmax(1).detach()
