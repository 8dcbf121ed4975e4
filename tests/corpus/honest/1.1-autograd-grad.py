# task: 1.1
# kind: honest
# says: no backward(): torch.autograd.grad gives the gradients, p.grad is assigned by hand before Adam steps
# fails: -
# code: -
# epochs: 25
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
params = list(rnn.parameters()) + list(linear.parameters())
optimizer = torch.optim.Adam(params, lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()

for epoch in range(epochs):
    hidden, _ = rnn(x, torch.zeros(1, 8))
    net_out = linear(hidden)
    loss = loss_fn(net_out, y)
    grads = torch.autograd.grad(loss, params)
    for p, g in zip(params, grads):
        p.grad = g
    optimizer.step()

yhat = torch.softmax(net_out.detach(), dim=1)
