# task: 1.4
# kind: honest
# says: a cell that fails (wrong shape of the initial state) caught by try, three epochs with a wrong learning rate thrown away, then the answer
# fails: -
# code: -
# epochs: 50
# %% 1.4
lstm = torch.nn.LSTM(7, 4)
try:
    lstm(x, (torch.zeros(4), torch.zeros(4)))
except RuntimeError as err:
    print("모양이 안 맞음:", err)
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
lin = torch.nn.Linear(4, 7)
opt = torch.optim.Adam([*lstm.parameters(), *lin.parameters()], lr=10)
for e in range(3):
    out = lin(lstm(x, (torch.zeros(1, 4), torch.zeros(1, 4)))[0])
    loss = torch.nn.CrossEntropyLoss()(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())  # 발산...
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
lin = torch.nn.Linear(4, 7)
opt = torch.optim.Adam([*lstm.parameters(), *lin.parameters()], lr=0.1)
for e in range(epochs):
    out = lin(lstm(x, (torch.zeros(1, 4), torch.zeros(1, 4)))[0])
    loss = torch.nn.CrossEntropyLoss()(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
yhat = torch.softmax(out, dim=1).data
