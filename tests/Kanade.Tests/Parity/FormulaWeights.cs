using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

/// <summary>Weights that are a function of their name and shape, so that a network of any size can be compared between implementations without a file.</summary>
static class FormulaWeights
{
    // Non-trainable state that is not invented: counters, tables, and vectors that belong to their matrix.
    static readonly string[] Kept = ["num_batches_tracked", "position_ids", "dct_mat", "weight_u"];

    /// <summary>Replaces the state of a network; what is not a weight stays.</summary>
    public static void Fill(nn.Module network)
    {
        using var noGradient = no_grad();
        var state = network.state_dict();
        foreach (var (name, target) in state)
        {
            var leaf = name[(name.LastIndexOf('.') + 1)..];
            var rightVector = leaf == "weight_v" && state.ContainsKey(name[..^1] + "u");
            if (Kept.Contains(leaf) || rightVector)
                continue;
            using var scope = NewDisposeScope();
            target.copy_(Tensor(name, target.shape));
        }
    }

    /// <param name="name">The state's name within its network.</param>
    /// <param name="shape">Its shape.</param>
    public static Tensor Tensor(string name, params long[] shape)
    {
        var hash = 2166136261u;
        foreach (var octet in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ octet) * 16777619u;      // FNV-1a
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        var (offset, scale) = Range(name, shape, values.LongLength);
        for (uint i = 0; i < values.Length; i++)
            values[i] = (float)(offset + scale * Uniform(i * 2654435761u + hash));
        return tensor(values, shape);
    }

    /// <summary>In [-1, 1).</summary>
    static double Uniform(uint x)
    {
        x = (x ^ (x >> 16)) * 0x7feb352du;
        x = (x ^ (x >> 15)) * 0x846ca68bu;
        return (x ^ (x >> 16)) / 4294967296.0 * 2 - 1;
    }

    static (double Offset, double Scale) Range(string name, long[] shape, long count)
    {
        var leaf = name[(name.LastIndexOf('.') + 1)..];
        bool Names(params string[] parts) => parts.Any(part => name.Contains(part, StringComparison.Ordinal));
        return leaf switch
        {
            "running_var" => (1, 0.3),
            "running_mean" => (0, 0.1),
            "weight_g" when Names("conv_post") => (0.1, 0.01),
            "weight_g" or "gamma" or "learnable_skip" => (1, 0.1),
            _ when Names("alpha") => (1, 0.1),
            _ when shape.Length >= 2 => (0, Math.Sqrt(3.0 / (count / (double)shape[0]))),
            "weight" when !Names("xlstm_norm", "outnorm", "post_blocks_norm") => (1, 0.1),
            _ => (0, 0.1),
        };
    }
}
