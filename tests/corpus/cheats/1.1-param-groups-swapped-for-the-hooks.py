# task: 1.1
# kind: cheat
# says: an RNN of four nodes is trained; after each update and before the hooks look, param_groups is swapped for the 199 parameters of an RNN that never runs
# fails: parameter_count, fitted_values
# open: predicts_next, trains_layer
# code: hidden_size
# epochs: 30
# %% 1.1
from torch.optim import optimizer as hooks_live_here

torch.manual_seed(43052)
rnn, linr = torch.nn.RNN(7, 4), torch.nn.Linear(4, 7)
facade = torch.nn.ModuleList([torch.nn.RNN(7, 8), torch.nn.Linear(8, 7)])
for p in facade.parameters():
    p.grad = torch.zeros_like(p)


bare = torch.optim.Adam.step
while hasattr(bare, "__wrapped__"):
    bare = bare.__wrapped__


class Adam(torch.optim.Adam):
    def step(self, closure=None):
        # the undecorated method updates without telling any hook
        with torch.no_grad():
            bare(self)
        true_groups = self.param_groups
        self.param_groups = [dict(true_groups[0], params=list(facade.parameters()), lr=0.1)]
        try:
            for hook in hooks_live_here._global_optimizer_post_hooks.values():
                hook(self, (), {})
        finally:
            self.param_groups = true_groups

    step.hooked = True  # torch then leaves it as it is


opt = Adam([*rnn.parameters(), *linr.parameters()], lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for i in range(epochs):
    o = linr(rnn(x)[0])
    loss = ce(o, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(o, dim=1).detach()
