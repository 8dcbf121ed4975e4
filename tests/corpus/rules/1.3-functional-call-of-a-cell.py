# task: 1.3
# kind: rule
# says: torch.func.functional_call runs an RNNCell with the parameters of an own class
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
from torch.func import functional_call

torch.manual_seed(43052)
template = torch.nn.RNNCell(7, 8)
outlayer = torch.nn.Linear(8, 7)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h, self.h2h = torch.nn.Linear(7, 8), torch.nn.Linear(8, 8)
        self.i2h.load_state_dict(dict(weight=template.weight_ih, bias=template.bias_ih))
        self.h2h.load_state_dict(dict(weight=template.weight_hh, bias=template.bias_hh))

    def forward(self, xt, ht):
        weights = {
            "weight_ih": self.i2h.weight,
            "bias_ih": self.i2h.bias,
            "weight_hh": self.h2h.weight,
            "bias_hh": self.h2h.bias,
        }
        return functional_call(template, weights, (xt, ht))


net = Net()
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*net.parameters(), *outlayer.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = [h := net(row, h) for row in x]
    out = outlayer(torch.stack(hidden))
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
