# task: 1.1
# kind: fault
# says: trained as asked, but yhat holds the outputs without softmax
# fails: fitted_values
# code: -
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    hidden, _ = rnn(x)
    yhat = linear(hidden)
    loss = loss_fn(yhat, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = yhat.detach()
yhat.argmax(dim=1)[:10], y.argmax(dim=1)[:10]
