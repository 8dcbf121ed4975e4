# task: 1.1
# kind: honest
# says: a DataLoader that gives all 999 rows in one unshuffled batch, so still one update an epoch; seed only in a function
# fails: -
# code: -
# epochs: 25
# %% 1.1
from torch.utils.data import TensorDataset, DataLoader


def set_seed(s=43052):
    import random

    random.seed(s)
    np.random.seed(s)
    torch.manual_seed(s)
    torch.cuda.manual_seed_all(s)


dl = DataLoader(TensorDataset(x, y), batch_size=len(x), shuffle=False)

set_seed()
net = torch.nn.ModuleDict({"rnn": torch.nn.RNN(7, 8), "lin": torch.nn.Linear(8, 7)})
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    for xx, yy in dl:
        h, _ = net["rnn"](xx)
        out = net["lin"](h)
        loss = loss_fn(out, yy)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
yhat = out.softmax(dim=1).detach()
