using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Summarises a mel spectrogram of any length in one vector: spectrally normalised residual blocks that each halve bands and frames,
/// then the mean over what is left (StyleTTS 2, Li et al. 2023, section 3.1, after StarGAN v2's style encoder).
/// One network of this kind makes the acoustic style, another the prosodic style.</summary>
public sealed class StyleEncoder : nn.Module<Tensor, Tensor>
{
    /// <summary>The fewest mel frames that leave something to take a mean of: 0.8 s at a hop of 12.5 ms.</summary>
    public const int FewestFrames = 65;

    const int Halvings = 4;
    const int LastKernel = 5;
    const double Slope = 0.2;

    [ComponentName(Name = "shared")] readonly ModuleList<nn.Module<Tensor, Tensor>> _layers;
    [ComponentName(Name = "unshared")] readonly Linear _projection;

    /// <param name="inputChannels">Channels after the first convolution; each block doubles them.</param>
    /// <param name="styleSize">S.</param>
    /// <param name="maxChannels">The most channels.</param>
    public StyleEncoder(int inputChannels, int styleSize, int maxChannels) : base(nameof(StyleEncoder))
    {
        var channels = inputChannels;
        _layers = new ModuleList<nn.Module<Tensor, Tensor>>(new SpectralNormConv2d(1, channels, (3, 3), (1, 1), (1, 1)));
        for (var i = 0; i < Halvings; i++)
        {
            var next = Math.Min(2 * channels, maxChannels);
            _layers.Add(new HalvingResidualBlock2d(channels, next));
            channels = next;
        }
        _layers.Add(nn.LeakyReLU(Slope));
        _layers.Add(new SpectralNormConv2d(channels, channels, (LastKernel, LastKernel), (1, 1), (0, 0)));
        _projection = nn.Linear(channels, styleSize);
        RegisterComponents();
    }

    /// <summary>
    /// Leaves the spectral norms' estimates alone in forward from now on, so that all forwards of a training step share one weight, however
    /// many there are. The training calls <see cref="FollowWeights"/> instead.
    /// </summary>
    public void KeepNormsInForward()
    {
        foreach (var layer in NormalizedLayers)
            layer.IteratesInForward = false;
    }

    /// <summary>
    /// One power iteration of every spectral norm. To be called after each optimiser step that moved this network's weights, and not after
    /// a skipped one: a checkpoint then holds the estimates that the next step uses, and a resumed run equals an uninterrupted one.
    /// </summary>
    public void FollowWeights()
    {
        foreach (var layer in NormalizedLayers)
            layer.Iterate();
    }

    IEnumerable<SpectralNormConv2d> NormalizedLayers => modules().OfType<SpectralNormConv2d>();

    /// <param name="mel">(B, 1, M, F) mel spectrograms; M a multiple of 16, at least 80; F at least 65.</param>
    /// <returns>(B, S).</returns>
    public override Tensor forward(Tensor mel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mel.shape[3], FewestFrames, nameof(mel));
        using var scope = NewDisposeScope();
        var x = mel;
        foreach (var layer in _layers)
            x = layer.call(x);                                                      // (B, C, M / 16 - 4, F / 16 - 4)
        x = F.leaky_relu(x.to(float32).mean([2, 3]), Slope);                        // (B, C)
        return _projection.call(x).MoveToOuterDisposeScope();
    }
}
