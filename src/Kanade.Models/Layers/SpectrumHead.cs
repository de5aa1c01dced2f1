using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>
/// The end of <see cref="VocosDecoder"/>: the spectrum of every frame by one linear layer. A bin's magnitude is e to the first output.
/// Its phase is the direction of a complex number, and so covers the whole circle without a jump: (1 + turn)·source + free, where the
/// source is the unit vector of the excitation's phase. At first the phase is the excitation's, which keeps frames and harmonics coherent
/// at any pitch; where the excitation is silent the free part is left.
/// </summary>
sealed class SpectrumHead : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    /// <summary>The squared length under which the complex number has no direction. It bounds the gradient.</summary>
    const double DirectionFloor = 1e-4;

    /// <summary>Outputs of a bin: log-magnitude, then the real and imaginary parts of turn and free phase.</summary>
    const int Parts = 5;

    [ComponentName(Name = "norm")] readonly LayerNorm _norm;
    [ComponentName(Name = "out")] readonly Linear _out;
    readonly int _bins;
    readonly double _loudest;

    /// <param name="channels">C.</param>
    /// <param name="fftSize">Of the transform: 2 (K - 1).</param>
    public SpectrumHead(int channels, int fftSize) : base(nameof(SpectrumHead))
    {
        _bins = fftSize / 2 + 1;
        _loudest = Math.Log(fftSize / 4.0);     // a sine of amplitude 1 under the Hann window
        _norm = nn.LayerNorm(channels);
        _out = nn.Linear(channels, Parts * _bins);
        RegisterComponents();
    }

    /// <param name="x">(B, F, C) float32.</param>
    /// <param name="source">(B, F, 3K) from <see cref="SourceSpectrum"/>.</param>
    /// <param name="envelope">(B, F, K) log-magnitudes that the layer's are added to; or (1), zero.</param>
    /// <returns>(B, F, K), complex.</returns>
    public override Tensor forward(Tensor x, Tensor source, Tensor envelope)
    {
        using var scope = NewDisposeScope();
        var outputs = _out.call(_norm.call(x));                                                 // (B, F, 5K)
        using var exact = Autocast.Disable(x.device.type);
        var parts = outputs.to(float32).split(_bins, 2);                                        // 5 x (B, F, K)
        var magnitude = (parts[0] + envelope).clamp_max(_loudest).exp();
        var (cosine, sine) = (source.narrow(2, _bins, _bins), source.narrow(2, 2 * _bins, _bins));
        var turn = 1 + parts[1];
        var real = turn * cosine - parts[2] * sine + parts[3];
        var imaginary = turn * sine + parts[2] * cosine + parts[4];
        var length = magnitude * (real.square() + imaginary.square() + DirectionFloor).rsqrt();
        return complex(length * real, length * imaginary).MoveToOuterDisposeScope();
    }
}
