using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>
/// The sum over the processes as part of a network. What a process does with it changes the loss of every process that added to it: so the gradient
/// of a summand is the sum over the processes of the gradients of the sum.
/// </summary>
sealed class GroupSum : autograd.SingleTensorFunction<GroupSum>
{
    const string Group = "group";

    public override string Name => nameof(GroupSum);

    /// <param name="values">float32 or float64, of one shape everywhere.</param>
    /// <param name="group">Whose.</param>
    public static Tensor Of(Tensor values, IProcessGroup group) => apply(values, group);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var group = (IProcessGroup)vars[1];
        ctx.save_data(Group, group);
        var sum = ((Tensor)vars[0]).detach().clone();
        group.Sum(sum);
        return sum;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var sum = grad_output.contiguous().clone();
        ((IProcessGroup)ctx.get_data(Group)).Sum(sum);
        return [sum, null!];
    }
}
