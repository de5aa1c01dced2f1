using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class MLstmStackParity
{
    [Theory]
    [InlineData(MLstmForm.Automatic)]
    [InlineData(MLstmForm.Parallel)]
    [InlineData(MLstmForm.Chunkwise)]
    [InlineData(MLstmForm.Recurrent)]
    public void Every_form_equals_the_original_in_outputs_intermediates_and_gradients(MLstmForm form)
    {
        using var golden = Golden.Load("mlstm_stack");
        using var stack = new MLstmStack(20, 2) { Form = form };
        golden.LoadState(stack);
        using var scope = NewDisposeScope();
        using var parts = new ModuleRecorder(
            stack, [.. from i in new[] { 0, 1 } from part in new[] { "", ".xlstm.conv1d", ".xlstm.q_proj", ".xlstm.mlstm_cell" } select $"blocks.{i}{part}"]);
        var x = golden["in.x"].requires_grad_();
        var y = stack.call(x);
        golden.AssertClose("out.y", y, 1e-5);
        golden.AssertClose("out.step", y, 1e-5);
        foreach (var block in new[] { "0", "1" })
        {
            golden.AssertClose($"mid.block{block}.conv", parts[$"blocks.{block}.xlstm.conv1d"], 1e-5);
            golden.AssertClose($"mid.block{block}.q", parts[$"blocks.{block}.xlstm.q_proj"], 1e-5);
            golden.AssertClose($"mid.block{block}.cell", parts[$"blocks.{block}.xlstm.mlstm_cell"], 1e-5);
            golden.AssertClose($"mid.block{block}", parts[$"blocks.{block}"], 1e-5);
        }
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(stack);
        golden.AssertGradient("grad.in.x", x.grad!);
    }
}
