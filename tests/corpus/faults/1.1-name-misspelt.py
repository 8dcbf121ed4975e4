# task: 1.1
# kind: fault
# says: the first cell stops at a misspelt name before anything is trained; the cells after it fail with it
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: -
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*rnn.parameters(), *linaer.parameters()], lr=0.1)
# %% 1.1
for epoch in range(epochs):
    hidden, h = rnn(x)
    out = linear(hidden)
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
# %% 1.1
yhat = torch.softmax(out, dim=1).detach()
