# task: 1.5
# kind: fault
# says: h and c are detached at every time step
# fails: fitted_values
# code: state_detached
# epochs: 50
# %% 1.5
torch.manual_seed(43052)
lc = torch.nn.LSTMCell(7, 4)
fc = torch.nn.Linear(4, 7)
opt = torch.optim.Adam([*lc.parameters(), *fc.parameters()], lr=0.1)
for epoch in range(epochs):
    h, c = torch.zeros(1, 4), torch.zeros(1, 4)
    rows = []
    for t in range(len(x)):
        h, c = lc(x[[t]], (h, c))
        rows.append(fc(h))
        h, c = h.detach(), c.detach()
    rows = torch.cat(rows)
    loss = torch.nn.functional.cross_entropy(rows, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = rows.softmax(1).detach()
