# task: 1.1
# kind: fault
# says: the loss compares the output with x, so the network learns to repeat the character it sees
# fails: fitted_values, predicts_next
# code: labels_shifted
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(1, 8)
    hidden, h = rnn(x, h)
    out = linear(hidden)
    loss = loss_fn(out, x)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
print((yhat.argmax(1) == x.argmax(1)).float().mean())  # 1.0 !!
