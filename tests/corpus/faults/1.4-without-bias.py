# task: 1.4
# kind: fault
# says: bias=False in both layers: 204 parameters in the place of 243
# fails: parameter_count, fitted_values
# code: bias_missing
# epochs: 50
# %% 1.4
torch.manual_seed(43052)
cfg = dict(bias=False)
lstm = torch.nn.LSTM(7, 4, **cfg)
linear = torch.nn.Linear(4, 7, **cfg)
optimizer = torch.optim.Adam([*lstm.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    out = linear(lstm(x)[0])
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
