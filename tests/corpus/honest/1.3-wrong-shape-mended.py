# task: 1.3
# kind: honest
# says: Linears made with in and out exchanged become right when weight and bias are assigned as Parameters; what is trained is Linear(7,8) and Linear(8,8)
# fails: -
# code: -
# epochs: 20
# %% 1.3
class OwnCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(8, 7)  # gets the weights of the RNNCell below
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x_t, h):
        z = self.i2h(x_t) + self.h2h(h)
        return torch.nn.functional.tanh(z)


torch.manual_seed(43052)
ref_cell = torch.nn.RNNCell(7, 8)
ref_out = torch.nn.Linear(8, 7)

own = OwnCell()
own.i2h.weight = torch.nn.Parameter(ref_cell.weight_ih.detach().clone())
own.i2h.bias = torch.nn.Parameter(ref_cell.bias_ih.detach().clone())
own.h2h.weight = torch.nn.Parameter(ref_cell.weight_hh.detach().clone())
own.h2h.bias = torch.nn.Parameter(ref_cell.bias_hh.detach().clone())
params = list(own.parameters()) + list(ref_out.parameters())
optimizer = torch.optim.Adam(params, lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    state = torch.zeros(1, 8)
    loss = 0
    outs = []
    for t in range(999):
        state = own(x[[t]], state)
        o = ref_out(state)
        outs.append(o)
        loss += loss_fn(o, y[[t]])
    (loss / 999).backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(torch.cat(outs), dim=1).detach()
