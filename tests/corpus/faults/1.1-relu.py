# task: 1.1
# kind: fault
# says: nonlinearity='relu' in the place of tanh
# fails: fitted_values
# code: activation
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(input_size=7, hidden_size=8, num_layers=1, nonlinearity="relu")
linear = torch.nn.Linear(8, 7)
net_params = list(rnn.parameters()) + list(linear.parameters())
optimizer = torch.optim.Adam(net_params, lr=0.1)
celoss = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    hs, _ = rnn(x)
    out = linear(hs)
    optimizer.zero_grad()
    celoss(out, y).backward()
    optimizer.step()
yhat = torch.softmax(out, dim=1).detach()
