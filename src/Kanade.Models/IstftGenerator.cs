using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>
/// iSTFTNet's generator (Kaneko et al. 2022) with a harmonic-noise source: transposed convolutions up to the frames of a small Fourier
/// transform, each followed by the sum of residual blocks with different kernels; the last layer gives its log-magnitudes and phases.
/// The source enters as magnitudes and phases of the same transform, strided down to the rate of every level.
/// </summary>
sealed class IstftGenerator : nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor>
{
    const double Slope = 0.1, LastSlope = 0.01;

    [ComponentName(Name = "m_source")] readonly HarmonicNoiseSource _source;
    [ComponentName(Name = "noise_convs")] readonly ModuleList<Conv1d> _sourceConvolutions;
    [ComponentName(Name = "noise_res")] readonly ModuleList<AdaptiveResidualBlockSnake> _sourceBlocks;
    [ComponentName(Name = "ups")] readonly ModuleList<WeightNormConvTranspose1d> _upsample;
    [ComponentName(Name = "resblocks")] readonly ModuleList<AdaptiveResidualBlockSnake> _blocks;
    [ComponentName(Name = "conv_post")] readonly WeightNormConv1d _spectrum;
    readonly ShortTimeTransform _transform;
    readonly int _kernels, _bins;
    readonly bool _learnsSource;

    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public IstftGenerator(IstftDecoderConfig config) : base(nameof(IstftGenerator))
    {
        GeneratorRules.Require(config.Check());
        _kernels = config.ResidualKernels.Length;
        _bins = config.FftSize / 2 + 1;
        _learnsSource = config.LearnsSource;
        _transform = new ShortTimeTransform(config.FftSize, config.IstftHop);
        _source = new HarmonicNoiseSource(config.SampleRate, config.HopLength, config.Harmonics, config.SinglePrecisionSource);
        (_sourceConvolutions, _sourceBlocks, _upsample, _blocks) = ([], [], [], []);
        var channels = config.InitialChannels;
        for (var level = 0; level < config.UpsampleRates.Length; level++)
        {
            var (rate, kernel) = (config.UpsampleRates[level], config.UpsampleKernels[level]);
            _upsample.Add(new WeightNormConvTranspose1d(channels, channels / 2, kernel, stride: rate, padding: (kernel - rate) / 2));
            channels /= 2;
            foreach (var (size, dilations) in config.ResidualKernels.Zip(config.ResidualDilations))
                _blocks.Add(new AdaptiveResidualBlockSnake(channels, size, dilations, config.StyleSize));

            var stride = config.UpsampleRates[(level + 1)..].Aggregate(1, (product, next) => product * next);
            var last = level == config.UpsampleRates.Length - 1;
            _sourceConvolutions.Add(last
                ? nn.Conv1d(2 * _bins, channels, 1)
                : nn.Conv1d(2 * _bins, channels, 2 * stride, stride: stride, padding: (stride + 1) / 2));
            _sourceBlocks.Add(new AdaptiveResidualBlockSnake(channels, last ? 11 : 7, [1, 3, 5], config.StyleSize));
        }
        _spectrum = new WeightNormConv1d(channels, 2 * _bins, 7, padding: 3);
        RegisterComponents();
    }

    /// <param name="x">(B, C, F) hidden states, one a mel frame.</param>
    /// <param name="style">(B, S).</param>
    /// <param name="f0">(B, F) Hz.</param>
    /// <param name="sourceNoise">(B, N, harmonics + 1) standard normal.</param>
    /// <returns>(B, 1, N).</returns>
    public override Tensor forward(Tensor x, Tensor style, Tensor f0, Tensor sourceNoise)
    {
        using var scope = NewDisposeScope();
        return Generate(x, style, Source(f0, sourceNoise)).MoveToOuterDisposeScope();
    }

    /// <returns>(B, 2 * bins, N / istft hop + 1): the excitation's magnitudes and phases.</returns>
    internal Tensor Source(Tensor f0, Tensor sourceNoise)
    {
        using var scope = NewDisposeScope();
        using var gradient = set_grad_enabled(_learnsSource && is_grad_enabled());
        return ShortTimeTransform.Polar(_transform.Spectrum(_source.forward(f0, sourceNoise))).MoveToOuterDisposeScope();
    }

    /// <param name="x">(B, C, F).</param>
    /// <param name="style">(B, S).</param>
    /// <param name="source">(B, 2 * bins, N / istft hop + 1).</param>
    /// <returns>(B, 1, N).</returns>
    internal Tensor Generate(Tensor x, Tensor style, Tensor source)
    {
        using var scope = NewDisposeScope();
        for (var level = 0; level < _upsample.Count; level++)
        {
            var excitation = _sourceBlocks[level].call(_sourceConvolutions[level].call(source), style);
            x = _upsample[level].call(F.leaky_relu(x, Slope));                       // (B, C / 2, F * rate)
            if (level == _upsample.Count - 1)
                x = F.pad(x, (1L, 0L), PaddingModes.Reflect);                        // a centred transform has one frame more
            x = x + excitation;
            var mixed = _blocks[level * _kernels].call(x, style);
            for (var kernel = 1; kernel < _kernels; kernel++)
                mixed = mixed + _blocks[level * _kernels + kernel].call(x, style);
            x = mixed / _kernels;
        }
        var spectrum = _spectrum.call(F.leaky_relu(x, LastSlope)).to(float32);       // (B, 2 * bins, N / istft hop + 1)
        return _transform.Wave(spectrum.narrow(1, 0, _bins).exp(), spectrum.narrow(1, _bins, _bins).sin()).MoveToOuterDisposeScope();
    }
}
