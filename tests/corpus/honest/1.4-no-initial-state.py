# task: 1.4
# kind: honest
# says: initial states left out (LSTM takes zeros), class indices, F.softmax with dim=-1 in a last pass
# fails: -
# code: -
# epochs: 60
# %% 1.4
import torch.nn.functional as F

torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
fc = torch.nn.Linear(4, 7)
opt = torch.optim.Adam([*lstm.parameters(), *fc.parameters()], lr=0.1)
nxt = codes[1:]
for ep in range(60):
    o, _ = lstm(x)
    loss = F.cross_entropy(fc(o), nxt)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if not (ep + 1) % 20:
        print(ep + 1, round(loss.item(), 4))
yhat = F.softmax(fc(lstm(x)[0]), dim=-1).detach().numpy()
