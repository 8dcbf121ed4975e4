# task: 1.3
# kind: honest
# says: a functional RNN step returned as a closure, with a Module class around the network; F.linear on the Linears' weights
# fails: -
# code: -
# epochs: 20
# %% 1.3
import torch.nn.functional as F


def make_step(i2h, h2h):
    def step(xt, h):
        return (F.linear(xt, i2h.weight, i2h.bias) + F.linear(h, h2h.weight, h2h.bias)).tanh()

    return step


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.out = torch.nn.Linear(8, 7)

    def forward(self, seq):
        step = make_step(self.i2h, self.h2h)
        h, hs = torch.zeros(8), []
        for xt in seq:
            h = step(xt, h)
            hs.append(h)
        return self.out(torch.stack(hs))


network = Network()

torch.manual_seed(43052)
a = torch.nn.RNNCell(7, 8)
b = torch.nn.Linear(8, 7)
values = [a.weight_ih, a.bias_ih, a.weight_hh, a.bias_hh, b.weight, b.bias]
for target, value in zip(network.parameters(), values):
    target.data.copy_(value.data)

optimizer = torch.optim.Adam(network.parameters(), lr=0.1)


def train_step():
    optimizer.zero_grad()
    score = network(x)
    F.cross_entropy(score, y).backward()
    optimizer.step()
    return score.detach()


for _ in range(epochs):
    score = train_step()
yhat = F.softmax(score, dim=1)
