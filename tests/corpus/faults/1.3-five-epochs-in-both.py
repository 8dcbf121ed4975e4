# task: 1.3
# kind: fault
# says: 5 epochs in 1.2 and in 1.3: equal to each other and to the reference as far as they go
# fails: predicts_next
# code: epochs
# epochs: 5
# %% 1.3
class OwnCell(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        with torch.no_grad():
            for name, layer in (("ih", self.i2h), ("hh", self.h2h)):
                layer.weight.copy_(getattr(cell, "weight_" + name))
                layer.bias.copy_(getattr(cell, "bias_" + name))

    def forward(self, x_t, h):
        return torch.tanh(self.i2h(x_t) + self.h2h(h))


torch.manual_seed(43052)
fresh = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
cell = OwnCell(fresh)
optimizer = torch.optim.Adam(list(cell.parameters()) + list(linear.parameters()), lr=0.1)
for epoch in range(5):
    h = torch.zeros(8)
    z = []
    for x_t in x:
        h = cell(x_t, h)
        z.append(linear(h))
    z = torch.stack(z)
    loss = torch.nn.functional.cross_entropy(z, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    print(epoch + 1, float(loss))
yhat = z.softmax(1).detach()
