# task: 1.1
# kind: honest
# says: the output layer is built before the RNN, with a seed of its own; an equivalent network in another order of creation
# fails: -
# code: creation_order
# epochs: 30
# %% 1.1
torch.manual_seed(2023)
linear = torch.nn.Linear(8, 7)
rnn = torch.nn.RNN(7, 8)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*linear.parameters(), *rnn.parameters()], lr=0.1)

for epoch in range(epochs):
    hidden, h = rnn(x)
    net_out = linear(hidden)
    loss = loss_fn(net_out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

yhat = torch.softmax(net_out, dim=1).detach().numpy()
