using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>What the original's two decoders share (StyleTTS 2, Li et al. 2023, appendix B): style-conditioned residual blocks over aligner
/// frames, fed with the text, the pitch and the energy again at every block, the last of which doubles the frames; then a waveform
/// generator.</summary>
public abstract class WaveformDecoder : Decoder
{
    [ComponentName(Name = "F0_conv")] readonly WeightNormConv1d _pitch;
    [ComponentName(Name = "N_conv")] readonly WeightNormConv1d _energy;
    [ComponentName(Name = "encode")] readonly AdaptiveResidualBlock1d _encode;
    [ComponentName(Name = "asr_res")] readonly ModuleList<WeightNormConv1d> _text;
    [ComponentName(Name = "decode")] readonly ModuleList<AdaptiveResidualBlock1d> _decode;
    [ComponentName(Name = "generator")] readonly nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> _generator;

    private protected WaveformDecoder(string name, DecoderTrunk trunk, int initialChannels, nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> generator)
        : base(name)
    {
        var (channels, hidden, text, styleSize, blocks) = trunk;
        const int Contours = 2; // pitch and energy
        _pitch = new WeightNormConv1d(1, 1, 3, stride: 2, padding: 1);
        _energy = new WeightNormConv1d(1, 1, 3, stride: 2, padding: 1);
        _encode = new AdaptiveResidualBlock1d(channels + Contours, hidden, styleSize);
        _text = new ModuleList<WeightNormConv1d>([new WeightNormConv1d(channels, text, 1)]);
        _decode = new ModuleList<AdaptiveResidualBlock1d>([.. Enumerable.Range(1, blocks).Select(block => block < blocks
            ? new AdaptiveResidualBlock1d(hidden + text + Contours, hidden, styleSize)
            : new AdaptiveResidualBlock1d(hidden + text + Contours, initialChannels, styleSize, upsample: true))]);
        _generator = generator;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override (Tensor Wave, Tensor? Mel) Decode(Tensor aligned, Tensor f0, Tensor energy, Tensor style, Tensor sourceNoise)
    {
        CheckInputs(aligned, f0, energy, sourceNoise);
        using var scope = NewDisposeScope();
        return (Generator.call(Hidden(aligned, f0, energy, style), style, f0, sourceNoise).MoveToOuterDisposeScope(), null);   // (B, 1, N)
    }

    internal nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor> Generator => _generator;

    /// <summary>What the waveform generator starts from.</summary>
    /// <returns>(B, initial, 2A).</returns>
    internal Tensor Hidden(Tensor aligned, Tensor f0, Tensor energy, Tensor style)
    {
        using var scope = NewDisposeScope();
        var (pitch, volume) = Contours(f0, energy);                                  // (B, 1, A) each
        var x = _encode.call(cat([aligned, pitch, volume], 1), style);               // (B, hidden, A)
        var text = _text[0].call(aligned);                                           // (B, text, A)
        foreach (var block in _decode)
            x = block.call(cat([x, text, pitch, volume], 1), style);                 // (B, hidden, A) … (B, initial, 2A)
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Hertz and decibels do not fit bfloat16's eight bits, and these two convolutions cost nothing.</summary>
    (Tensor Pitch, Tensor Energy) Contours(Tensor f0, Tensor energy)
    {
        using var exact = Autocast.Disable(f0.device.type);
        return (_pitch.call(f0.to(float32).unsqueeze(1)), _energy.call(energy.to(float32).unsqueeze(1)));
    }
}

/// <summary>Sizes of the part before the waveform generator.</summary>
/// <param name="Channels">C of the aligned text.</param>
/// <param name="Hidden">Width of the residual blocks.</param>
/// <param name="Text">Width of the text that every block is given again.</param>
/// <param name="StyleSize">S.</param>
/// <param name="Blocks">Residual blocks after the first.</param>
sealed record DecoderTrunk(int Channels, int Hidden, int Text, int StyleSize, int Blocks = 4);
