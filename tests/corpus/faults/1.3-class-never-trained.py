# task: 1.3
# kind: fault
# says: a class is written and built, but the loop that would train it is commented out
# fails: trains_own_class
# open: avoids_layers
# code: not_trained
# epochs: 20
# %% 1.3
class MyRNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


torch.manual_seed(43052)
mycell = MyRNN()
mylinear = torch.nn.Linear(8, 7)
myoptimizer = torch.optim.Adam([*mycell.parameters(), *mylinear.parameters()], lr=0.1)
# 시간 부족 ...
# for epoch in range(100):
#     h = torch.zeros(8)
#     for x_t in x:
#         h = mycell(x_t, h)
#         ...
