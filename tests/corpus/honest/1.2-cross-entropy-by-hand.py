# task: 1.2
# kind: honest
# says: cross entropy written with logsumexp; accuracy measured under no_grad inside the loop by a second pass
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)


def net(seq):
    h = torch.zeros(8)
    hs = []
    for s in seq:
        h = cell(s, h)
        hs.append(h)
    return linear(torch.stack(hs))


def cross_entropy(z, target):
    # -log softmax(z)[target], averaged over rows
    return (torch.logsumexp(z, dim=1) - (z * target).sum(dim=1)).mean()


accs = []
for epoch in range(epochs):
    z = net(x)
    loss = cross_entropy(z, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            p = torch.softmax(net(x), dim=1)
            accs.append((p.argmax(1) == y.argmax(1)).float().mean().item())
            print(epoch, loss.item(), accs[-1])
yhat = torch.softmax(z, dim=1).detach()
