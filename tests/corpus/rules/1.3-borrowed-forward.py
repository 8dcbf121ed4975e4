# task: 1.3
# kind: rule
# says: own parameters under RNNCell's names, and RNNCell.forward taken over as the class's own method
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
class BorrowedCell(torch.nn.Module):
    nonlinearity = "tanh"
    forward = torch.nn.RNNCell.forward

    def __init__(self, other):
        super().__init__()
        for name, p in other.named_parameters():
            setattr(self, name, torch.nn.Parameter(p.detach().clone()))


torch.manual_seed(43052)
base, lin = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)
cell = BorrowedCell(base)
criterion = torch.nn.CrossEntropyLoss()
opt = torch.optim.Adam([{"params": cell.parameters()}, {"params": lin.parameters()}], lr=0.1)
for epoch in range(epochs):
    state = torch.zeros(8)
    seq = []
    for t in range(999):
        state = cell(x[t], state)
        seq.append(state)
    pred = lin(torch.stack(seq))
    opt.zero_grad()
    criterion(pred, y).backward()
    opt.step()
yhat = pred.softmax(-1).detach()
