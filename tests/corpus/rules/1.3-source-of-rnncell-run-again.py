# task: 1.3
# kind: rule
# says: torch's source of RNNCell is executed under another class name: RNNCell is trained, renamed
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
import inspect

import torch.nn.modules.rnn as _rnn

scope = dict(vars(_rnn), __name__="__main__")
source = inspect.getsource(_rnn.RNNCell).replace("class RNNCell", "class MyOwnCell")
exec("from __future__ import annotations\n" + source, scope)
MyOwnCell = scope["MyOwnCell"]

torch.manual_seed(43052)
cell = MyOwnCell(7, 8)
lin = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
opt = torch.optim.Adam([*cell.parameters(), *lin.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = cell(xt, h)
        hs.append(h)
    out = lin(torch.stack(hs))
    loss = loss_fn(out, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
