# task: 1.2
# kind: fault
# says: torch.nn.RNN fed one character at a time: the same numbers, but RNNCell was asked for
# fails: trains_layer
# code: wrong_layer
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(1, 8)
    hidden = []
    for x_t in x:
        o, h = rnn(x_t.reshape(1, 7), h)
        hidden.append(o)
    net_out = linear(torch.cat(hidden))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
