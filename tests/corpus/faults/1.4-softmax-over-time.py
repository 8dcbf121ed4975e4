# task: 1.4
# kind: fault
# says: after training the fitted values are computed again with softmax over the time axis
# fails: fitted_values
# code: softmax_axis
# epochs: 60
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4, batch_first=True)
linear = torch.nn.Linear(4, 7)
optimizer = torch.optim.Adam([*lstm.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
xb = x.reshape(1, 999, 7)
for epoch in range(epochs):
    hidden, _ = lstm(xb)
    out = linear(hidden)  # (1, 999, 7)
    loss = loss_fn(out.transpose(1, 2), y.reshape(1, 999, 7).argmax(2))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
with torch.no_grad():
    yhat = torch.softmax(linear(lstm(xb)[0]), dim=1)[0]
