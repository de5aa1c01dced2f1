using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Models;

/// <summary>
/// Fundamental frequency from a mel spectrogram by one-dimensional ConvNeXt blocks over the frames (Liu et al. 2022; for sound: Siuzdak 2023,
/// "Vocos"), read from bins of log frequency by the mean about the highest one (Kim et al. 2018, "CREPE"), with a voicing output of its own.
/// A frame sees 3·(blocks + 1) frames to each side. No state depends on the batch and nothing is drawn, so that it learns the same in any number of
/// processes, and products run in bfloat16 under autocast: unlike a regression in Hz, bins lose nothing by it.
/// </summary>
public sealed class ConvNextPitchExtractor : PitchExtractor
{
    /// <summary>The lowest bin.</summary>
    public const double LowestHz = 55;

    /// <summary>The highest bin.</summary>
    public static readonly double HighestHz = HzOf(BinCount - 1);

    /// <summary>K: a quarter of a semitone each, over four and a half octaves.</summary>
    public const int BinCount = 216;

    const double BinsAnOctave = 48;
    const int Kernel = 7, Reach = 4;

    [ComponentName(Name = "stem")]
    readonly Conv1d _stem;
    [ComponentName(Name = "stem_norm")]
    readonly ChannelLayerNorm _stemNorm;
    [ComponentName(Name = "blocks")]
    readonly ModuleList<ConvNextBlock> _blocks;
    [ComponentName(Name = "norm")]
    readonly ChannelLayerNorm _norm;
    [ComponentName(Name = "output")]
    readonly Conv1d _output;

    /// <param name="mels">M, the mel bands.</param>
    /// <param name="channels">C of every block; three times as many inside.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="gated">See <see cref="PitchExtractor"/>.</param>
    public ConvNextPitchExtractor(int mels = 80, int channels = 256, int blocks = 8, bool gated = true) : base(nameof(ConvNextPitchExtractor), gated)
    {
        _stem = Conv1d(mels, channels, Kernel, padding: Kernel / 2);
        _stemNorm = new ChannelLayerNorm(channels);
        _blocks = ModuleList(Enumerable.Range(0, blocks).Select(_ => new ConvNextBlock(channels, Kernel, 1.0 / blocks)).ToArray());
        _norm = new ChannelLayerNorm(channels);
        _output = Conv1d(channels, BinCount + 1, 1);
        RegisterComponents();
    }

    /// <summary>The frequency of a place among the bins, which need not be whole.</summary>
    public static double HzOf(double bin) => LowestHz * Math.Pow(2, bin / BinsAnOctave);

    /// <summary>The place among the bins of each frequency.</summary>
    /// <param name="hz">Any shape, above 0.</param>
    public static Tensor BinOf(Tensor hz)
    {
        using var scope = NewDisposeScope();
        return (hz / LowestHz).log2().mul(BinsAnOctave).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override PitchReading Read(Tensor mel)
    {
        using var scope = NewDisposeScope();
        var x = _stemNorm.forward(_stem.forward(mel.squeeze(1))).transpose(1, 2); // (B, F, C)
        foreach (var block in _blocks)
            x = block.forward(x);
        var outputs = _output.forward(_norm.forward(x.transpose(1, 2))).to(ScalarType.Float32);   // (B, K + 1, F)
        using var precision = Autocast.Disable(mel.device_type);
        var bins = outputs.narrow(1, 0, BinCount);
        return new PitchReading(
            Frequency(bins).MoveToOuterDisposeScope(), outputs.select(1, BinCount).MoveToOuterDisposeScope(), bins.MoveToOuterDisposeScope());
    }

    /// <summary>The mean place of the bins about the highest one, by their probabilities, in Hz.</summary>
    /// <param name="bins">(B, K, F) logits.</param>
    /// <returns>(B, F).</returns>
    internal static Tensor Frequency(Tensor bins)
    {
        using var scope = NewDisposeScope();
        var highest = bins.argmax(1, keepdim: true).clamp(Reach, BinCount - 1 - Reach);                                       // (B, 1, F)
        var near = highest + arange(-Reach, Reach + 1, dtype: ScalarType.Int64, device: bins.device).reshape(1, -1, 1);       // (B, 9, F)
        var weights = functional.softmax(bins.gather(1, near), 1);
        var place = (weights * near).sum(1);
        return (place / BinsAnOctave).exp2().mul(LowestHz).MoveToOuterDisposeScope();
    }
}
