# task: 1.2
# kind: honest
# says: itertools.accumulate carries the state through time, both layers in one ModuleList
# fails: -
# code: -
# epochs: 20
# %% 1.2
from itertools import accumulate

torch.manual_seed(43052)
net = torch.nn.ModuleList([torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)])
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()


def forward(seq):
    states = accumulate(seq, lambda h, xt: net[0](xt, h), initial=torch.zeros(8))
    next(states)  # drop h_0
    return net[1](torch.stack(list(states)))


for epoch in range(epochs):
    optimizer.zero_grad()
    scores = forward(x)
    loss = loss_fn(scores, y)
    loss.backward()
    optimizer.step()
yhat = scores.detach().softmax(1)
