# task: 1.3
# kind: honest
# says: an RNNCell runs beside the own cell under no_grad as a test of the formula; it is not trained
# fails: -
# code: -
# epochs: 20
# %% 1.3
class MyCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


torch.manual_seed(43052)
ref = torch.nn.RNNCell(7, 8)
lin = torch.nn.Linear(8, 7)
my = MyCell()
my.i2h.load_state_dict({"weight": ref.weight_ih, "bias": ref.bias_ih})
my.h2h.load_state_dict({"weight": ref.weight_hh, "bias": ref.bias_hh})


def check():
    # same numbers as the library for the weights of the moment?
    with torch.no_grad():
        ref.load_state_dict(
            {
                "weight_ih": my.i2h.weight,
                "weight_hh": my.h2h.weight,
                "bias_ih": my.i2h.bias,
                "bias_hh": my.h2h.bias,
            }
        )
        h0 = torch.rand(8, generator=torch.Generator().manual_seed(1))
        return torch.allclose(ref(x[3], h0), my(x[3], h0), atol=1e-6)


loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*my.parameters(), *lin.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = my(xt, h)
        hs.append(h)
    out = lin(torch.stack(hs))
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    assert check()
yhat = torch.softmax(out, dim=1).detach()
