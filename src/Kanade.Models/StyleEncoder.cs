using Kanade.Audio;
using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Summarises a mel spectrogram of any length in one vector: spectrally normalised residual blocks that each halve bands and
/// frames, then the mean over what is left (StyleTTS 2, Li et al. 2023, section 3.1, after StarGAN v2's style encoder).
/// One network of this kind makes the acoustic style, another the prosodic style.</summary>
public sealed class StyleEncoder : nn.Module<Tensor, Tensor>
{
    /// <summary>The fewest mel frames that leave something to take a mean of: 0.8 s at a hop of 12.5 ms.</summary>
    public const int FewestFrames = 65;

    const int Halvings = 4;
    const int Block = 1 << Halvings;
    const int FewestBlocks = LastKernel;
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

    /// <summary>
    /// The style of recordings, the one definition for training, a voice's named styles and synthesis: of as many whole blocks of 16 frames
    /// as a recording has, each by itself, whatever lies beside it in a batch. A recording of fewer than 80 frames is continued with
    /// silence.
    /// </summary>
    /// <param name="mel">(B, M, F) mel spectrograms; what lies after a recording's end is silence.</param>
    /// <param name="frames">(B) int64 mel frames of each.</param>
    /// <returns>(B, S).</returns>
    public Tensor StyleOf(Tensor mel, Tensor frames)
    {
        using var scope = NewDisposeScope();
        var heard = frames.div(Block, RoundingMode.floor).to(int64).mul(Block).clamp_min(FewestBlocks * Block);     // (B)
        var longest = heard.max().item<long>();
        var x = mel.shape[2] >= longest
            ? mel.narrow(2, 0, longest)
            : F.pad(mel, (0L, longest - mel.shape[2]), value: MelSpectrogram.Silence);
        if (heard.min().item<long>() == longest)
            return forward(x.unsqueeze(1)).MoveToOuterDisposeScope();

        var inside = (arange(longest, device: mel.device) < heard.unsqueeze(1)).to(float32).reshape(-1, 1, 1, longest);
        x = x.unsqueeze(1) * inside;                                                // (B, 1, M, F)
        foreach (var layer in _layers)
        {
            if (layer is not HalvingResidualBlock2d halving)
            {
                x = layer.call(x);
                if (x.shape[3] == inside.shape[3])
                    x = x * inside;
                continue;
            }
            x = halving.forward(x, inside);
            inside = inside.slice(3, 0, inside.shape[3], 2);
        }
        inside = inside.narrow(3, LastKernel - 1, x.shape[3]);                      // the last convolution leaves four columns fewer
        var sum = (x.to(float32) * inside).sum([2, 3]) / (inside.sum([2, 3]) * x.shape[2]);     // (B, C)
        return _projection.call(F.leaky_relu(sum, Slope)).MoveToOuterDisposeScope();
    }
}
