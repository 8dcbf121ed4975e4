# task: 1.1
# kind: fault
# says: AdamW in the place of Adam: its weight decay is small, but it is another training; predictions are right
# fails: fitted_values
# code: optimizer
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8, batch_first=True)
cook = torch.nn.Linear(8, 7)
optimizr = torch.optim.AdamW([{"params": rnn.parameters()}, {"params": cook.parameters()}], lr=0.1)
X, Y = x[None], y[None]  # (1, 999, 7)
for epoc in range(epochs):
    h0 = torch.zeros(1, 1, 8)
    hid, _ = rnn(X, h0)
    netout = cook(hid)[0]
    loss = torch.nn.functional.cross_entropy(netout, Y[0])
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(netout, dim=-1).detach()
