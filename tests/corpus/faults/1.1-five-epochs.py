# task: 1.1
# kind: fault
# says: everything as asked, but only 5 epochs: as far as it goes it equals the reference, predictions are not right yet
# fails: predicts_next
# code: epochs
# epochs: 5
# %% 1.1
# 시간이 없어서 5번만 학습
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
fc = torch.nn.Linear(8, 7)
optim = torch.optim.Adam([*rnn.parameters(), *fc.parameters()], lr=0.1)
for _ in range(5):
    optim.zero_grad()
    z = fc(rnn(x)[0])
    torch.nn.CrossEntropyLoss()(z, y).backward()
    optim.step()
yhat = torch.softmax(z.detach(), dim=1)
