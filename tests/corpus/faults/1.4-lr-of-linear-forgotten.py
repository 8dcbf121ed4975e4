# task: 1.4
# kind: fault
# says: two optimizers: the LSTM's has learning rate 0.1, that of the output layer the default 0.001
# fails: fitted_values, predicts_next
# code: learning_rate
# epochs: 50
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
linear = torch.nn.Linear(4, 7)
opt_lstm = torch.optim.Adam(lstm.parameters(), lr=0.1)
opt_linear = torch.optim.Adam(linear.parameters())
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    hs, _ = lstm(x)
    z = linear(hs)
    loss = loss_fn(z, y)
    for o in (opt_lstm, opt_linear):
        o.zero_grad()
    loss.backward()
    for o in (opt_lstm, opt_linear):
        o.step()
yhat = torch.softmax(z, dim=1).detach()
