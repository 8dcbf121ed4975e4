# task: 1.3
# kind: cheat
# says: 1.2 keeps its weights of every epoch; the own class loads them in turn and its optimizer has lr 0. The values are its own, the training is 1.2's
# fails: fitted_values, predicts_next, same_fit_as
# open: trains_own_class, parameter_count
# code: copied_values
# epochs: 20
# %% 1.2
import copy

torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
optimizr = torch.optim.Adam([*rnncell.parameters(), *linr.parameters()], lr=0.1)
weights = []
for epoc in range(epochs):
    weights.append(copy.deepcopy((rnncell.state_dict(), linr.state_dict())))
    h, hs = torch.zeros(8), []
    for xt in x:
        h = rnncell(xt, h)
        hs.append(h)
    out = linr(torch.stack(hs))
    loss = torch.nn.functional.cross_entropy(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()


# %% 1.3
class Player(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h, self.h2h, self.out = torch.nn.Linear(7, 8), torch.nn.Linear(8, 8), torch.nn.Linear(8, 7)

    def load(self, pair):
        c, l = pair
        self.i2h.load_state_dict({"weight": c["weight_ih"], "bias": c["bias_ih"]})
        self.h2h.load_state_dict({"weight": c["weight_hh"], "bias": c["bias_hh"]})
        self.out.load_state_dict(l)

    def forward(self, X):
        h, hs = torch.zeros(8), []
        for xt in X:
            h = torch.tanh(self.i2h(xt) + self.h2h(h))
            hs.append(h)
        return self.out(torch.stack(hs))


torch.manual_seed(43052)
player = Player()
opt = torch.optim.Adam(player.parameters(), lr=0.0)
for pair in weights:
    player.load(pair)
    o = player(x)
    loss = torch.nn.functional.cross_entropy(o, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(o, dim=1).detach()
