using Kanade.Audio;
using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>
/// A decoder for small machines (Vocos, Siuzdak 2023): ConvNeXt blocks at the rate of the mel frames and one inverse Fourier transform. Nothing runs at
/// the rate of the samples but the excitation, whose spectrum tells the blocks the phase of each harmonic (Wavehax, Yoneyama et al. 2024), so that the
/// voice follows a pitch that comes from outside. With a prior, magnitudes begin at the envelope of a predicted mel spectrogram (FreeV, Lv et al. 2024).
/// </summary>
public sealed class VocosDecoder : Decoder
{
    const int Kernel = 7, TextBlocks = 2, ContourCount = 3;

    /// <summary>Mean and deviation of log F0, and the deviation of the energy: about those of speech, so that inputs are of order 1.</summary>
    const double LogPitchMean = 5.3, LogPitchDeviation = 0.4, EnergyDeviation = 4;

    [ComponentName(Name = "stem")] readonly Conv1d _stem;
    [ComponentName(Name = "stem_contours")] readonly Linear _stemContours;
    [ComponentName(Name = "stem_norm")] readonly LayerNorm _stemNorm;
    [ComponentName(Name = "text_blocks")] readonly ModuleList<ConvNextBlock> _textBlocks;
    [ComponentName(Name = "join")] readonly Linear _join;
    [ComponentName(Name = "join_contours")] readonly Linear _joinContours;
    [ComponentName(Name = "source")] readonly SourceSpectrum _source;
    [ComponentName(Name = "join_norm")] readonly LayerNorm _joinNorm;
    [ComponentName(Name = "blocks")] readonly ModuleList<AdaptiveConvNextBlock> _blocks;
    [ComponentName(Name = "mel")] readonly ModuleList<Linear> _mel;     // one with a prior, else none
    [ComponentName(Name = "head")] readonly SpectrumHead _head;
    readonly MelEnvelope? _envelope;
    readonly ShortTimeTransform _transform;
    readonly MelConfig _melConfig;
    readonly int _harmonics;

    /// <param name="channels">C of the aligned text.</param>
    /// <param name="styleSize">S.</param>
    /// <param name="mel">Whose frames it is fed, whose hop and rate its sound has, and what a prior predicts.</param>
    /// <param name="config">Its own sizes.</param>
    /// <param name="harmonics">Overtones in the excitation.</param>
    /// <param name="learnsSource">Whether training reaches the layer that merges the harmonics.</param>
    /// <param name="singlePrecisionSource">Whether the phases of the excitation are summed in float32.</param>
    /// <exception cref="InvalidDataException">The transform does not fit the mel's hop.</exception>
    public VocosDecoder(
        int channels, int styleSize, MelConfig mel, VocosConfig config, int harmonics = 8, bool learnsSource = true, bool singlePrecisionSource = false)
        : base(nameof(VocosDecoder))
    {
        (_melConfig, _harmonics) = (mel, harmonics);
        var fftSize = config.TransformSize(mel.HopLength);
        _stem = nn.Conv1d(channels, config.TextChannels, Kernel, padding: Kernel / 2);
        _stemContours = nn.Linear(ContourCount, config.TextChannels);
        _stemNorm = nn.LayerNorm(config.TextChannels);
        _textBlocks = [];
        for (var i = 0; i < TextBlocks; i++)
            _textBlocks.Add(new ConvNextBlock(config.TextChannels, Kernel, 1.0 / TextBlocks));
        _join = nn.Linear(config.TextChannels, config.Channels);
        _joinContours = nn.Linear(ContourCount, config.Channels);
        var source = new HarmonicNoiseSource(mel.SampleRate, mel.HopLength, harmonics, singlePrecisionSource);
        _source = new SourceSpectrum(source, fftSize, mel.HopLength, config.Channels, learnsSource);
        _joinNorm = nn.LayerNorm(config.Channels);
        _blocks = [];
        for (var i = 0; i < config.Blocks; i++)
            _blocks.Add(new AdaptiveConvNextBlock(config.Channels, Kernel, styleSize, 1.0 / config.Blocks));
        _mel = config.Prior ? [nn.Linear(config.Channels, mel.Bands)] : [];
        _envelope = config.Prior ? new MelEnvelope(mel, fftSize) : null;
        _head = new SpectrumHead(config.Channels, fftSize);
        _transform = new ShortTimeTransform(fftSize, mel.HopLength);
        RegisterComponents();
        Initialise();
    }

    /// <inheritdoc/>
    public override int SampleRate => _melConfig.SampleRate;

    /// <inheritdoc/>
    public override int HopLength => _melConfig.HopLength;

    /// <inheritdoc/>
    public override int SourceChannels => _harmonics + 1;

    /// <inheritdoc/>
    public override (Tensor Wave, Tensor? Mel) Decode(Tensor aligned, Tensor f0, Tensor energy, Tensor style, Tensor sourceNoise)
    {
        CheckInputs(aligned, f0, energy, sourceNoise);
        using var scope = NewDisposeScope();
        var x = Joined(aligned, f0, energy, sourceNoise);                                           // (B, 2A, C)
        for (var i = 0; i < _blocks.Count / 2; i++)
            x = _blocks[i].call(x, style);
        var mel = _envelope is null ? null : Exact(_mel[0], x);                                     // (B, 2A, M)
        for (var i = _blocks.Count / 2; i < _blocks.Count; i++)
            x = _blocks[i].call(x, style);
        var spectrum = _head.call(x, mel is null ? zeros(1, device: x.device) : _envelope!.LogMagnitude(mel));
        return (Wave(spectrum).MoveToOuterDisposeScope(), mel?.transpose(1, 2).MoveToOuterDisposeScope());
    }

    /// <summary>What the blocks over mel frames start from: text and contours, seen together at the aligner's rate, and the contours and the
    /// excitation again at the mel's.</summary>
    /// <returns>(B, 2A, C) float32.</returns>
    Tensor Joined(Tensor aligned, Tensor f0, Tensor energy, Tensor sourceNoise)
    {
        using var scope = NewDisposeScope();
        var contours = Contours(f0, energy);                                                        // (B, 2A, 3)
        var pooled = contours.unflatten(1, [-1, 2]).mean([2]);                                      // (B, A, 3)
        var x = _stemNorm.call(_stem.call(aligned).transpose(1, 2) + Exact(_stemContours, pooled)); // (B, A, H)
        foreach (var block in _textBlocks)
            x = block.call(x);
        x = _join.call(x).unsqueeze(2).expand(-1, -1, 2, -1).flatten(1, 2);                         // (B, 2A, C)
        return _joinNorm.call(x + Exact(_joinContours, contours) + _source.call(f0, sourceNoise)).MoveToOuterDisposeScope();
    }

    /// <returns>(B, F, 3): log F0, or 0 where there is none; whether there is one; the energy.</returns>
    static Tensor Contours(Tensor f0, Tensor energy)
    {
        using var scope = NewDisposeScope();
        var voiced = (f0 > HarmonicNoiseSource.VoicedHz).to(float32);
        var pitch = (f0.to(float32).clamp_min(HarmonicNoiseSource.VoicedHz).log() - LogPitchMean) / LogPitchDeviation;
        return stack([pitch * voiced, voiced, energy.to(float32) / EnergyDeviation], 2).MoveToOuterDisposeScope();
    }

    /// <summary>In float32: a pitch does not fit bfloat16's eight bits, and these layers cost nothing.</summary>
    static Tensor Exact(Linear layer, Tensor x)
    {
        using var exact = Autocast.Disable(x.device.type);
        return layer.call(x);
    }

    /// <param name="spectrum">(B, F, K), complex; the last frame stands for the one more that a centred transform has.</param>
    /// <returns>(B, 1, F * hop).</returns>
    Tensor Wave(Tensor spectrum)
    {
        using var scope = NewDisposeScope();
        var frames = cat([spectrum, spectrum.narrow(1, spectrum.shape[1] - 1, 1)], 1).transpose(1, 2);
        return _transform.Wave(frames).MoveToOuterDisposeScope();
    }

    /// <summary>As Vocos begins, with norms that do not heed the style yet. The layers that join inputs keep libtorch's widths, by the number of
    /// inputs, so that text, contours and excitation begin equally loud.</summary>
    void Initialise()
    {
        foreach (var (name, parameter) in named_parameters())
        {
            var isBlock = name.StartsWith("blocks.", StringComparison.Ordinal) || name.StartsWith("text_blocks.", StringComparison.Ordinal)
                || name.StartsWith("head.out.", StringComparison.Ordinal);
            if (name.Contains(".norm.fc.", StringComparison.Ordinal) || (isBlock && name.EndsWith(".bias", StringComparison.Ordinal)))
                nn.init.zeros_(parameter);
            else if (isBlock && name.EndsWith(".weight", StringComparison.Ordinal))
                nn.init.normal_(parameter, 0, 0.02);
        }
    }
}
