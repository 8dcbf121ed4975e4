# task: 1.1
# kind: fault
# says: the hidden state that an epoch ends with is handed (detached) to the next epoch, not zeros
# fails: fitted_values
# code: -
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()

h = torch.zeros(1, 8)
for epoch in range(epochs):
    h = h.detach()
    hidden, h = rnn(x, h)
    out = linear(hidden)
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()

yhat = torch.softmax(out, dim=1).detach()
