# task: 1.2
# kind: fault
# says: the state is detached at every time step, so the gradient reaches back over one step only
# fails: fitted_values
# code: state_detached
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
out_layer = torch.nn.Linear(8, 7)
opt = torch.optim.Adam([*cell.parameters(), *out_layer.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(1, 8)
    states = []
    for t in range(x.shape[0]):
        h = cell(x[t : t + 1], h.detach())  # avoid "backward through the graph a second time"
        states.append(h)
    logits = out_layer(torch.cat(states))
    loss = torch.nn.functional.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = logits.softmax(dim=1).detach()
