# task: 1.1
# kind: fault
# says: the recurrent layer is built with bias=False: 183 parameters in the place of 199
# fails: parameter_count, fitted_values
# code: bias_missing
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8, bias=False)
linear = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
print(sum(p.numel() for p in rnn.parameters()), "+", sum(p.numel() for p in linear.parameters()))

epoch = 0
while epoch < epochs:
    hidden, _ = rnn(x, torch.zeros(1, 8))
    logits = linear(hidden)
    loss = loss_fn(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    epoch += 1
yhat = torch.softmax(logits, dim=1).detach()
