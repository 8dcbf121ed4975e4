# task: 1.4
# kind: fault
# says: zero_grad once in front of the loop, never inside it
# fails: fitted_values, predicts_next
# code: no_zero_grad
# epochs: 50
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
linear = torch.nn.Linear(4, 7)
optimizer = torch.optim.Adam([*lstm.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer.zero_grad()
for epoch in range(epochs):
    h0, c0 = torch.zeros(1, 4), torch.zeros(1, 4)
    out, _ = lstm(x, (h0, c0))
    score = linear(out)
    loss = loss_fn(score, y)
    loss.backward()
    optimizer.step()
yhat = torch.softmax(score, dim=1).detach()
