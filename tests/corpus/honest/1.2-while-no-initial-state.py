# task: 1.2
# kind: honest
# says: while loops for epochs and time, initial state left out (RNNCell then takes zeros), no seed, class indices
# fails: -
# code: -
# epochs: 20
# %% 1.2
nodes = 8
c1 = torch.nn.RNNCell(7, nodes)
c2 = torch.nn.Linear(nodes, 7)
label = y.argmax(-1)
opt = torch.optim.Adam(list(c1.parameters()) + list(c2.parameters()), 0.1)
lossfunction = torch.nn.CrossEntropyLoss()
k = 0
while k < 20:
    t = 0
    state = None
    collected = []
    while t < 999:
        state = c1(x[t], state)
        collected.append(c2(state))
        t = t + 1
    net_out = torch.stack(collected)
    loss = lossfunction(net_out, label)
    loss.backward()
    opt.step()
    opt.zero_grad()
    k += 1
yhat = torch.softmax(net_out, dim=1).detach()
print("loss:", loss.item())
