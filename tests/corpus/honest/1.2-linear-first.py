# task: 1.2
# kind: honest
# says: Linear is built before RNNCell; equivalent network, other order of creation
# fails: -
# code: creation_order
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
out = torch.nn.Linear(8, 7)
cell = torch.nn.RNNCell(7, 8)
opt = torch.optim.Adam(list(out.parameters()) + list(cell.parameters()), lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(8)
    net_out = []
    for x_t in x:
        h = cell(x_t, h)
        net_out.append(out(h))
    net_out = torch.stack(net_out)
    ce(net_out, y).backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(net_out, 1).data
