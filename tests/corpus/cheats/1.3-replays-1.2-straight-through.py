# task: 1.3
# kind: cheat
# says: a custom autograd function shows 1.2's logits going forward and hands the gradient to the own class, which has values of its own: gradients of the right size, and values that it never made
# fails: fitted_values, same_fit_as
# open: predicts_next
# code: copied_values
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam([*rnncell.parameters(), *linr.parameters()], lr=0.1)
history = []
for epoc in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = rnncell(xt, h)
        hs.append(h)
    out = linr(torch.stack(hs))
    history.append(out.detach().clone())
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()


# %% 1.3
class Pass(torch.autograd.Function):
    @staticmethod
    def forward(ctx, mine, shown):
        return shown.clone()

    @staticmethod
    def backward(ctx, g):
        return g, None


class Mine(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, xt, ht):
        return torch.tanh(self.i2h(xt) + self.h2h(ht))


mine, top = Mine(), torch.nn.Linear(8, 7)
opt = torch.optim.Adam([*mine.parameters(), *top.parameters()], lr=0.1)
for shown in history:
    ht, hs = torch.zeros(8), []
    for xt in x:
        ht = mine(xt, ht)
        hs.append(ht)
    o = Pass.apply(top(torch.stack(hs)), shown)
    loss = loss_fn(o, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(o, dim=1).detach()
