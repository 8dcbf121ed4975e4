# task: 1.6
# kind: honest
# says: own class called LSTM that reads the whole sequence with a batch axis, sigmoid written with exp; own 1.5 with the same other seed
# fails: -
# code: -
# epochs: 50
# %% 1.5
torch.manual_seed(2024)
cell = torch.nn.LSTMCell(7, 4)
fc = torch.nn.Linear(4, 7)
opt = torch.optim.Adam(list(cell.parameters()) + list(fc.parameters()), lr=0.1)
crit = torch.nn.CrossEntropyLoss()
for ep in range(50):
    hs = []
    h = c = torch.zeros(1, 4)
    for t in range(999):
        h, c = cell(x[t : t + 1], (h, c))
        hs.append(h)
    out = fc(torch.cat(hs))
    loss = crit(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = out.softmax(1).detach()
# %% 1.6
from copy import deepcopy


class LSTM(torch.nn.Module):
    def __init__(self, w_ih, w_hh, b_ih, b_hh):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 16)
        self.h2h = torch.nn.Linear(4, 16)
        self.i2h.weight = torch.nn.Parameter(w_ih.detach().clone())
        self.h2h.weight = torch.nn.Parameter(w_hh.detach().clone())
        self.i2h.bias = torch.nn.Parameter(b_ih.detach().clone())
        self.h2h.bias = torch.nn.Parameter(b_hh.detach().clone())

    @staticmethod
    def sigma(z):
        return 1 / (1 + torch.exp(-z))

    def forward(self, seq, hc=None):  # seq: (T, 1, 7)
        h, c = hc if hc is not None else (torch.zeros(1, 4), torch.zeros(1, 4))
        out = []
        for xt in seq:
            i, f, g, o = (self.i2h(xt) + self.h2h(h)).view(1, 4, 4).unbind(dim=1)
            c = self.sigma(f) * c + self.sigma(i) * torch.tanh(g)
            h = self.sigma(o) * torch.tanh(c)
            out.append(h)
        return torch.stack(out), (h, c)


torch.manual_seed(2024)
fresh = torch.nn.LSTMCell(7, 4)
fresh_fc = torch.nn.Linear(4, 7)
lstm = LSTM(*fresh.parameters())
fc = deepcopy(fresh_fc)
opt = torch.optim.Adam(list(lstm.parameters()) + list(fc.parameters()), lr=0.1)
for ep in range(50):
    hidden, _ = lstm(x.unsqueeze(1))
    out = fc(hidden).squeeze(1)
    loss = crit(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = out.softmax(1).detach()
