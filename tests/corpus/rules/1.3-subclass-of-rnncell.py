# task: 1.3
# kind: rule
# says: the own class inherits from RNNCell and keeps its forward, so an RNNCell is trained
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
# RNNCell도 torch.nn.Module을 상속하니까 이것도 "직접 만든 클래스"라고 생각함
class 나의셀(torch.nn.RNNCell):
    def forward(self, x, h):
        return super().forward(x, h)


torch.manual_seed(43052)
cell = 나의셀(7, 8)
cook = torch.nn.Linear(8, 7)
crit = torch.nn.CrossEntropyLoss()
opt = torch.optim.Adam(list(cell.parameters()) + list(cook.parameters()), lr=0.1)
for e in range(epochs):
    opt.zero_grad()
    h = torch.zeros(1, 8)
    outs = []
    for t in range(len(x)):
        h = cell(x[[t]], h)
        outs.append(cook(h))
    out = torch.concat(outs)
    L = crit(out, y)
    L.backward()
    opt.step()
yhat = torch.softmax(out, 1).detach()
