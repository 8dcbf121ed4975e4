# task: 1.1
# kind: honest
# says: one Adam for the RNN and another for the Linear, both with 0.1 and both stepped every epoch; the same as one Adam over both
# fails: -
# code: -
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
opt_rnn = torch.optim.Adam(rnn.parameters(), lr=0.1)
opt_lin = torch.optim.Adam(linr.parameters(), lr=0.1)
for epoc in range(epochs):
    opt_rnn.zero_grad(set_to_none=False)
    opt_lin.zero_grad(set_to_none=False)
    hidden, _ = rnn(x, torch.zeros(1, 8))
    output = linr(hidden)
    loss = loss_fn(output, y)
    loss.backward()
    opt_lin.step()
    opt_rnn.step()
yhat = torch.nn.Softmax(dim=1)(output).data
plt.matshow(yhat[:20])
