# task: 1.2
# kind: honest
# says: own dict of symbols in order of appearance, own device variable, data under other names
# fails: -
# code: -
# epochs: 20
# %% setup
import torch
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt

device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
epochs = 20
txt_all = list("hi?hello!!") * 100
df = pd.DataFrame({"txt_x": txt_all[:-1], "txt_y": txt_all[1:]})
mapping = {"h": 0, "i": 1, "?": 2, "e": 3, "l": 4, "o": 5, "!": 6}
ix = torch.tensor(df.txt_x.map(mapping).to_numpy())
iy = torch.tensor(df.txt_y.map(mapping).to_numpy())
X = torch.nn.functional.one_hot(ix).float().to(device)
Y = torch.nn.functional.one_hot(iy).float().to(device)
df.head()
# %% 1.2
torch.manual_seed(12345)
rnncell = torch.nn.RNNCell(7, 8).to(device)
lnr = torch.nn.Linear(8, 7).to(device)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(lnr.parameters()), lr=0.1)
for epoc in range(20):
    ht = torch.zeros(8).to(device)
    hidden = []
    for xt in X:
        ht = rnncell(xt, ht)
        hidden.append(ht)
    hidden = torch.stack(hidden)
    netout = lnr(hidden)
    loss = loss_fn(netout, Y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.nn.Softmax(dim=1)(netout).cpu().detach()
