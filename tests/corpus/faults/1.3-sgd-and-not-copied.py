# task: 1.3
# kind: fault
# says: two faults at once: initial values of its own and SGD with momentum
# fails: fitted_values, predicts_next, same_fit_as
# code: initial_values, optimizer
# epochs: 25
# %% 1.3
import torch.nn as nn


class HandMade(nn.Module):
    def __init__(self, i=7, h=8, o=7):
        super().__init__()
        self.h = h
        self.wx = nn.Linear(i, h)
        self.wh = nn.Linear(h, h)
        self.wo = nn.Linear(h, o)

    def step(self, x, h):
        return torch.tanh(self.wx(x) + self.wh(h))

    def forward(self, X):
        h = torch.zeros(self.h)
        outs = []
        for x in X:
            h = self.step(x, h)
            outs.append(self.wo(h))
        return torch.stack(outs)


torch.manual_seed(43052)
model = HandMade()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(epochs):
    out = model(x)
    loss = loss_fn(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(out, dim=1).detach()
