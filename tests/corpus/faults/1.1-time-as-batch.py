# task: 1.1
# kind: fault
# says: x as (1, 999, 7) without batch_first is 999 sequences of length 1; no state reaches the next character
# fails: fitted_values, predicts_next
# code: state_reset
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
lin = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*rnn.parameters(), *lin.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()

xx = x.unsqueeze(0)  # batch 차원 추가
yy = y.unsqueeze(0)
for epoch in range(epochs):
    out, _ = rnn(xx)
    out = lin(out)
    loss = loss_fn(out.reshape(-1, 7), yy.reshape(-1, 7))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out.squeeze(0), dim=1).detach()
