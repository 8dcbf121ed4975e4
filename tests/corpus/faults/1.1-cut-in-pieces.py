# task: 1.1
# kind: fault
# says: the text is cut into 27 pieces of 37 characters, each started from a state of zeros and read as a batch
# fails: fitted_values
# code: -
# epochs: 40
# %% 1.1
L = 37  # 999 = 27 * 37
xb = x.reshape(27, L, 7)
yb = y.reshape(27, L, 7)
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8, batch_first=True)
fc = torch.nn.Linear(8, 7)
opt = torch.optim.Adam([*rnn.parameters(), *fc.parameters()], lr=0.1)
for epoch in range(epochs):
    h0 = torch.zeros(1, 27, 8)
    out = fc(rnn(xb, h0)[0]).reshape(-1, 7)
    loss = torch.nn.CrossEntropyLoss()(out, yb.reshape(-1, 7))
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = torch.softmax(out, dim=1).detach()
