# task: 1.5
# kind: honest
# says: Module with LSTMCell, step method returning the state, fit method; another seed; first step without a state
# fails: -
# code: -
# epochs: 50
# %% 1.5
class CharModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.core = torch.nn.LSTMCell(7, 4)
        self.head = torch.nn.Linear(4, 7)

    def forward(self, chars):
        hc = None
        hidden = []
        for ch in chars:
            hc = self.core(ch, hc)
            hidden.append(hc[0])
        return self.head(torch.stack(hidden))

    def fit(self, chars, following, n):
        opt = torch.optim.Adam(self.parameters(), lr=0.1)
        for i in range(n):
            opt.zero_grad()
            loss = torch.nn.functional.cross_entropy(self(chars), following)
            loss.backward()
            opt.step()


torch.manual_seed(777)
m = CharModel()
m.fit(x, y, epochs)
with torch.no_grad():
    yhat = torch.softmax(m(x), dim=1)
