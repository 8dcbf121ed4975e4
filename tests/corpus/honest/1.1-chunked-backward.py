# task: 1.1
# kind: honest
# says: one forward pass, then several backward calls on nine stretches of the loss whose gradients add up to those of the mean; one update an epoch
# fails: -
# code: -
# epochs: 25
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
part_loss = torch.nn.CrossEntropyLoss(reduction="sum")
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
T = len(x)

for epoch in range(epochs):
    optimizer.zero_grad()
    hidden, _ = rnn(x, torch.zeros(1, 8))
    net_out = linear(hidden)
    starts = list(range(0, T, 111))
    for s in starts:
        part = part_loss(net_out[s : s + 111], y[s : s + 111]) / T
        part.backward(retain_graph=(s != starts[-1]))  # gradients are added up
    optimizer.step()

yhat = torch.softmax(net_out, dim=1).detach()
