using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>
/// HiFi-GAN's generator (Kong et al. 2020, section 2.2) with Snake activations and a harmonic-noise source: transposed convolutions up to
/// the sampling rate, each followed by the sum of residual blocks with different kernels. The source wave enters at every level, strided
/// down to its rate.
/// </summary>
sealed class HifiGanGenerator : nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "m_source")] readonly HarmonicNoiseSource _source;
    [ComponentName(Name = "noise_convs")] readonly ModuleList<Conv1d> _sourceConvolutions;
    [ComponentName(Name = "noise_res")] readonly ModuleList<AdaptiveResidualBlockSnake> _sourceBlocks;
    [ComponentName(Name = "alphas")] readonly ParameterList _frequencies;
    [ComponentName(Name = "ups")] readonly ModuleList<WeightNormConvTranspose1d> _upsample;
    [ComponentName(Name = "resblocks")] readonly ModuleList<AdaptiveResidualBlockSnake> _blocks;
    [ComponentName(Name = "conv_post")] readonly WeightNormConv1d _wave;
    readonly int _kernels;

    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public HifiGanGenerator(HifiGanDecoderConfig config) : base(nameof(HifiGanGenerator))
    {
        GeneratorRules.Require(config.Check());
        _kernels = config.ResidualKernels.Length;
        _source = new HarmonicNoiseSource(config.SampleRate, config.HopLength, config.Harmonics, config.SinglePrecisionSource);
        (_sourceConvolutions, _sourceBlocks, _upsample, _blocks) = ([], [], [], []);
        var channels = config.InitialChannels;
        _frequencies = [new Parameter(ones(1, channels, 1))];
        for (var level = 0; level < config.UpsampleRates.Length; level++)
        {
            var (rate, kernel) = (config.UpsampleRates[level], config.UpsampleKernels[level]);
            _upsample.Add(new WeightNormConvTranspose1d(
                channels, channels / 2, kernel, stride: rate, padding: rate / 2 + rate % 2, outputPadding: rate % 2));
            channels /= 2;
            _frequencies.Add(new Parameter(ones(1, channels, 1)));
            foreach (var (size, dilations) in config.ResidualKernels.Zip(config.ResidualDilations))
                _blocks.Add(new AdaptiveResidualBlockSnake(channels, size, dilations, config.StyleSize));

            var stride = config.UpsampleRates[(level + 1)..].Aggregate(1, (product, next) => product * next);
            var last = level == config.UpsampleRates.Length - 1;
            _sourceConvolutions.Add(last
                ? nn.Conv1d(1, channels, 1)
                : nn.Conv1d(1, channels, 2 * stride, stride: stride, padding: (stride + 1) / 2));
            _sourceBlocks.Add(new AdaptiveResidualBlockSnake(channels, last ? 11 : 7, [1, 3, 5], config.StyleSize));
        }
        _wave = new WeightNormConv1d(channels, 1, 7, padding: 3);
        RegisterComponents();
    }

    /// <param name="x">(B, C, F) hidden states, one a mel frame.</param>
    /// <param name="style">(B, S).</param>
    /// <param name="f0">(B, F) Hz.</param>
    /// <param name="sourceNoise">(B, N, harmonics + 1) standard normal.</param>
    /// <returns>(B, 1, N), within -1 and 1.</returns>
    public override Tensor forward(Tensor x, Tensor style, Tensor f0, Tensor sourceNoise)
    {
        using var scope = NewDisposeScope();
        var source = _source.call(f0, sourceNoise).unsqueeze(1);                     // (B, 1, N)
        for (var level = 0; level < _upsample.Count; level++)
        {
            var excitation = _sourceBlocks[level].call(_sourceConvolutions[level].call(source), style);
            x = _upsample[level].call(Snake.Apply(x, _frequencies[level])) + excitation;   // (B, C / 2, F * rate)
            var mixed = _blocks[level * _kernels].call(x, style);
            for (var kernel = 1; kernel < _kernels; kernel++)
                mixed = mixed + _blocks[level * _kernels + kernel].call(x, style);
            x = mixed / _kernels;
        }
        return _wave.call(Snake.Apply(x, _frequencies[_upsample.Count])).to(float32).tanh().MoveToOuterDisposeScope();
    }
}
