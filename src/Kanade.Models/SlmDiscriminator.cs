using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Judges speech by the hidden states of a speech language model, all layers stacked as channels (StyleTTS 2, Li et al. 2023,
/// section 3.2.4).</summary>
public sealed class SlmDiscriminator : nn.Module<Tensor, Tensor>
{
    const double Slope = 0.1;

    [ComponentName(Name = "pre")]
    readonly WeightNormConv1d _input;
    [ComponentName(Name = "convs")]
    readonly ModuleList<WeightNormConv1d> _convolutions;
    [ComponentName(Name = "conv_post")]
    readonly WeightNormConv1d _score;

    /// <param name="hidden">Width of one layer of the speech language model.</param>
    /// <param name="layers">Its number of hidden states, the embedding included.</param>
    /// <param name="channels">Width of the first convolution; the others have two and four times as many.</param>
    public SlmDiscriminator(int hidden, int layers, int channels) : base(nameof(SlmDiscriminator))
    {
        _input = new WeightNormConv1d(hidden * layers, channels, 1);
        _convolutions = new ModuleList<WeightNormConv1d>([
            new WeightNormConv1d(channels, channels * 2, 5, padding: 2),
            new WeightNormConv1d(channels * 2, channels * 4, 5, padding: 2),
            new WeightNormConv1d(channels * 4, channels * 4, 5, padding: 2),
        ]);
        _score = new WeightNormConv1d(channels * 4, 1, 3, padding: 1);
        RegisterComponents();
    }

    /// <param name="states">(B, layers * hidden, t) hidden states.</param>
    /// <returns>(B, t) scores; 1 means recorded, 0 generated.</returns>
    public override Tensor forward(Tensor states)
    {
        using var scope = NewDisposeScope();
        var x = _input.forward(states);                                              // (B, C, t)
        foreach (var convolution in _convolutions)
        {
            x = F.leaky_relu(convolution.forward(x), Slope);                         // (B, 2C | 4C | 4C, t)
        }
        return _score.forward(x).flatten(1).MoveToOuterDisposeScope();               // (B, t)
    }
}
