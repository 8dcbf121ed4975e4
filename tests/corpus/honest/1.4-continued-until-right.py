# task: 1.4
# kind: honest
# says: while loop in blocks of ten epochs, the same optimizer goes on until 50 epochs are done and all is right; net.zero_grad; dict order of symbols
# fails: -
# code: -
# epochs: 60
# %% setup
import torch
import numpy as np
import matplotlib.pyplot as plt

epochs = 60
text = "hi?hello!!" * 100
table = dict((ch, i) for i, ch in enumerate(dict.fromkeys(text)))  # h i ? e l o !
code = [table[ch] for ch in text]
x = torch.zeros(999, 7)
y = torch.zeros(999, 7)
for r in range(999):
    x[r, code[r]] = 1
    y[r, code[r + 1]] = 1
# %% 1.4
torch.manual_seed(43052)
net = torch.nn.ModuleList([torch.nn.LSTM(7, 4), torch.nn.Linear(4, 7)])
opt = torch.optim.Adam(net.parameters(), lr=0.1)
crit = torch.nn.CrossEntropyLoss()


def block(n):
    for _ in range(n):
        z = net[1](net[0](x, (torch.zeros(1, 4), torch.zeros(1, 4)))[0])
        net.zero_grad()
        crit(z, y).backward()
        opt.step()
    return z.detach()


done, correct = 0, 0.0
while done < 50 or (correct < 1 and done < epochs):
    z = block(10)
    done += 10
    correct = float((z.argmax(1) == y.argmax(1)).float().mean())
    print(done, correct)
yhat = z.softmax(dim=1)
