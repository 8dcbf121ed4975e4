# task: 1.3
# kind: fault
# says: forward() makes its own zeros at every call and is called once a character
# fails: fitted_values, predicts_next, same_fit_as
# code: state_reset
# epochs: 20
# %% 1.3
class SimpleRNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.h2o = torch.nn.Linear(8, 7)

    def forward(self, x_t):
        h = torch.zeros(8)
        h = torch.tanh(self.i2h(x_t) + self.h2h(h))
        return self.h2o(h)


torch.manual_seed(43052)
rnncell_init = torch.nn.RNNCell(7, 8)
linear_init = torch.nn.Linear(8, 7)
model = SimpleRNN()
model.i2h.weight.data = rnncell_init.weight_ih.data
model.i2h.bias.data = rnncell_init.bias_ih.data
model.h2h.weight.data = rnncell_init.weight_hh.data
model.h2h.bias.data = rnncell_init.bias_hh.data
model.h2o.weight.data = linear_init.weight.data
model.h2o.bias.data = linear_init.bias.data
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
for epoch in range(epochs):
    out = torch.stack([model(x_t) for x_t in x])
    loss = torch.nn.CrossEntropyLoss()(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(out, dim=1).detach()
