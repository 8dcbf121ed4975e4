# task: 1.1
# kind: fault
# says: MSELoss between softmax and y in the place of CrossEntropyLoss
# fails: fitted_values
# open: predicts_next
# code: -
# epochs: 40
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
mse = torch.nn.MSELoss()
for epoch in range(epochs):
    hidden, _ = rnn(x)
    yhat = torch.softmax(linear(hidden), dim=1)
    loss = mse(yhat, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = yhat.detach()
